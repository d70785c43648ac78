/**
 * The answer to a scrape: all metrics of a manager, named by Prometheus' rules
 * (prometheus.io/docs/practices/naming). Pure. Every label has few values, or as
 * many as the command line names: MAX_PATHS paths, the dependencies, the signals.
 */
import type { Model } from "../../core/vocabulary/model.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { Journal } from "../vocabulary/journal.ts";
import { childFamilies } from "./child_families.ts";
import { fleetFamilies } from "./fleet_families.ts";
import { configFamilies, reloadFamilies } from "./reload_families.ts";
import { managerFamilies, processFamilies } from "./manager_families.ts";
import type { Scrape } from "./scrape.ts";
import {
  CONTENT_TYPES,
  type Family,
  type Format,
  formatFamilies,
  formatFor,
} from "./text_format.ts";

/** All metrics in one of the two formats, with a newline at the end. */
export function exposition(
  journal: Journal,
  model: Model,
  facts: Facts,
  format: Format,
): string {
  return formatFamilies(familiesOf({ journal, model, facts }), format);
}

/** The answer to a scraper with this header `Accept`. */
export function answerToScrape(
  { journal, model, facts }: Scrape,
  accept: string | undefined,
): { readonly contentType: string; readonly body: string } {
  const format = formatFor(accept);
  return {
    contentType: CONTENT_TYPES[format],
    body: exposition(journal, model, facts, format),
  };
}

/** In the order in which they are written; docs/metrics.md has each. */
export const familiesOf = (scrape: Scrape): readonly Family[] => [
  ...managerFamilies(scrape),
  ...childFamilies(scrape),
  ...configFamilies(scrape),
  ...reloadFamilies(scrape),
  ...fleetFamilies(scrape),
  ...processFamilies(scrape),
];
