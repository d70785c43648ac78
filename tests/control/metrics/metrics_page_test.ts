/** docs/metrics.md has every metric, as it is told. */
import { deepEqual } from "node:assert/strict";
import { fromRoot } from "../../../scripts/denort.ts";
import { familiesOf } from "../../../src/control/metrics/exposition.ts";
import type { Family } from "../../../src/control/metrics/text_format.ts";
import { BUSY } from "./scrape_values.ts";

function labelsOf(family: Family): string {
  const [first] = family.type === "histogram"
    ? family.distributions
    : family.samples;
  const names = Object.keys(first.labels).map((name) => `\`${name}\``);
  return names.join(", ");
}

/** The cells of all rows of the page's tables, without their heads. */
function rowsOf(page: string): string[][] {
  return page.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("docs/metrics.md is current", async () => {
  const page = await Deno.readTextFile(fromRoot("docs/metrics.md"));
  deepEqual(
    rowsOf(page),
    familiesOf(BUSY).map((family) => [
      `\`${family.name}\``,
      family.type === "info" ? "gauge" : family.type,
      labelsOf(family),
      family.help,
    ]),
  );
});
