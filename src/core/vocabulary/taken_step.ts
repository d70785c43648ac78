/** One step that the core has taken, as those see it who report about a manager. */
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import type { Model } from "./model.ts";

/** What happened, what the manager knew before and knows since, and what was done about it, in order. */
export interface TakenStep {
  readonly event: Event;
  readonly before: Model;
  readonly after: Model;
  readonly effects: readonly Effect[];
}
