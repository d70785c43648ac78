/**
 * Turns what test runs, coverage and the benchmark leave behind into Markdown.
 * Pure; must not run anything.
 */
import type { Outcome } from "../bench/report.ts";
import type { Case } from "./suite/report.ts";

/** A Markdown table whose columns are as wide as the formatter has them. */
export function grid(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, at) =>
    Math.max(3, title.length, ...rows.map((row) => row[at].length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** A row for each file, and one for all of them. */
export function countsTable(tests: readonly Case[]): string {
  const row = (name: string, own: readonly Case[]) => {
    const count = (wanted: Case["result"]) =>
      String(own.filter(({ result }) => result === wanted).length);
    return [name, count("passed"), count("skipped"), count("failed")];
  };
  const files = [...new Set(tests.map(({ file }) => file))].sort();
  const rows = files.map((name) =>
    row(name, tests.filter(({ file }) => file === name))
  );
  return grid(["file", "passed", "skipped", "failed"], [
    ...rows,
    row("all", tests),
  ]);
}

/** The names of those that failed, as a list; nothing when there are none. */
export const failuresList = (tests: readonly Case[]) =>
  tests.filter(({ result }) => result === "failed")
    .map(({ name }) => `- failed: ${name}`).join("\n");

/** Which numbered cases (A1 to A30, B1 to B20) the names of passed tests begin with. */
export function conformanceRows(tests: readonly Case[]): string {
  const seen = new Set(
    tests.filter(({ result }) => result === "passed")
      .flatMap(({ name }) => /^[^:]*/.exec(name)?.[0].match(CASE) ?? []),
  );
  const part = (letter: string, count: number) => {
    const all = Array.from({ length: count }, (_, at) => `${letter}${at + 1}`);
    const lacking = all.filter((row) => !seen.has(row));
    const rest = lacking.length === 0 ? "" : ` (not ${lacking.join(", ")})`;
    return `${letter}: ${count - lacking.length} of ${count}${rest}`;
  };
  return `Numbered cases with a test that passed: ${part("A", 30)}; ${
    part("B", 20)
  }.`;
}

const CASE = /\b[AB]\d{1,2}\b/g;

/** Lines and branches of each floor of src, a directory there, from an lcov file. */
export function coverageTable(lcov: string): string {
  const sums = new Map<string, number[]>();
  for (const record of lcov.split("end_of_record")) {
    const directory = /^SF:.*\/(src\/\w+)\/.+$/m.exec(record)?.[1];
    if (directory === undefined) continue;
    const number = (key: string) =>
      Number(new RegExp(`^${key}:(\\d+)`, "m").exec(record)?.[1] ?? 0);
    const found = ["LH", "LF", "BRH", "BRF"].map(number);
    const before = sums.get(directory) ?? [0, 0, 0, 0];
    sums.set(directory, before.map((value, at) => value + found[at]));
  }
  const percent = (hit: number, all: number) =>
    all === 0 ? "-" : `${(100 * hit / all).toFixed(1)} % of ${all}`;
  const rows = [...sums].sort().map(([directory, [lh, lf, bh, bf]]) => [
    directory,
    percent(lh, lf),
    percent(bh, bf),
  ]);
  return grid(["directory", "lines", "branches"], rows);
}

/** The benchmark's targets; its tables are in docs/benchmark.md. */
export function benchTable(
  { machine, date, quick, verdicts }: Outcome,
): string {
  const rows = verdicts.map(({ text, detail, met }) => [
    text,
    detail,
    met === undefined ? "-" : met ? "met" : "**missed**",
  ]);
  const how = quick ? ", a quick run" : "";
  return `The last run of \`deno task bench\`, on ${date}: ${machine}${how}. The tables are in [benchmark.md](benchmark.md).\n\n${
    grid(["target", "measured", ""], rows)
  }`;
}
