/**
 * Checks the documentation's tables against what they list: exit codes
 * against `--help`, tasks and dependencies against deno.json.
 */
import { fromRoot } from "./denort.ts";
import type { Outcome } from "./docs_outcome.ts";
import type { Document } from "./docs_text.ts";
import { must } from "./shell.ts";

interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, unknown>>;
}

/** The page that has the options and the exit codes. */
const REFERENCE = "docs/reference.md";

/** The tables of docs/reference.md, CONTRIBUTING.md, README.md and examples/README.md. */
export async function checkTables(
  pages: readonly Document[],
): Promise<Outcome> {
  const manifest: Manifest = JSON.parse(
    await Deno.readTextFile(fromRoot("deno.json")),
  );
  const help = await must(
    "ask for --help",
    fromRoot("dist/flush-manager"),
    ["--help"],
  );
  const reference = rowsOf(pages, REFERENCE);
  const outcomes = [
    checkExitCodes(reference, help),
    checkNames(
      "README.md",
      "dependency",
      Object.entries(manifest.imports)
        // The version is what a reader compares; a module's path is not.
        .map(([name, from]) => [name, packageOf(from)]),
      // Those of the examples stand beside these.
      ["README.md", "examples/README.md"].flatMap((path) =>
        rowsOf(pages, path)
      ),
    ),
    checkNames(
      "CONTRIBUTING.md",
      "task",
      Object.keys(manifest.tasks).map((name) => [name]),
      rowsOf(pages, "CONTRIBUTING.md"),
    ),
  ];
  return {
    checked: outcomes.reduce((sum, { checked }) => sum + checked, 0),
    faults: outcomes.flatMap(({ faults }) => faults),
  };
}

type Row = readonly string[];

function rowsOf(pages: readonly Document[], path: string): Row[] {
  const page = pages.find((page) => page.path === path);
  return (page?.prose.split("\n") ?? [])
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
}

/** `npm:deno-std@1.4.0/async/delay.js` without the module's path. */
const packageOf = (from: string) =>
  /^npm:(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from;

/** Every code that --help names has a row whose second cell is the code. */
function checkExitCodes(rows: readonly Row[], help: string): Outcome {
  const paragraph = help.slice(help.indexOf("Exit codes:"));
  const codes = new Set(
    [...paragraph.matchAll(/\b(\d+)\b(?!\+)/g)].map(([, code]) => code),
  );
  const faults = [...codes]
    .filter((code) => !rows.some((row) => row[1] === code))
    .map((code) => ({
      place: REFERENCE,
      text: `has no row for the exit code ${code}`,
    }));
  return { checked: codes.size, faults };
}

/** Each list of words has a row that has them all, as code. */
function checkNames(
  place: string,
  what: string,
  names: readonly (readonly string[])[],
  rows: readonly Row[],
): Outcome {
  const faults = names
    .filter((words) =>
      !rows.some((row) => words.every((word) => row.includes(`\`${word}\``)))
    )
    .map((words) => ({
      place,
      text: `has no row for the ${what} ${words.join(" from ")}`,
    }));
  return { checked: names.length, faults };
}
