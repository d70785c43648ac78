/**
 * The answer to a scrape: all metrics of a manager, named by Prometheus' rules
 * (prometheus.io/docs/practices/naming). Pure. Every label has few values, or as
 * many as the command line names: MAX_PATHS paths, the dependencies, the signals.
 */
import type { Model } from "../../core/vocabulary/model.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { Journal } from "../vocabulary/journal.ts";
import { childFamilies } from "./child_families.ts";
import { configFamilies, reloadFamilies } from "./reload_families.ts";
import { managerFamilies, processFamilies } from "./manager_families.ts";
import { type Format, formatFamilies } from "./text_format.ts";

/** All metrics in one of the two formats, with a newline at the end. */
export function exposition(
  journal: Journal,
  model: Model,
  facts: Facts,
  format: Format,
): string {
  const scrape = { journal, model, facts };
  return formatFamilies([
    ...managerFamilies(scrape),
    ...childFamilies(scrape),
    ...configFamilies(scrape),
    ...reloadFamilies(scrape),
    ...processFamilies(scrape),
  ], format);
}
