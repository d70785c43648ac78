/** What the metrics are made of. */
import type { Model } from "../../core/vocabulary/model.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { Journal } from "../vocabulary/journal.ts";

/** All that is known of a manager at one moment. */
export interface Scrape {
  readonly journal: Journal;
  readonly model: Model;
  readonly facts: Facts;
}
