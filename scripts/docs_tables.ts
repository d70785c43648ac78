/**
 * Checks the documentation's tables against what they list: options against
 * `--help`, exit codes, tasks and dependencies against deno.json.
 */
import { environmentName, type OptionName } from "../src/cli/options.ts";
import { fromRoot } from "./denort.ts";
import type { Fault, Outcome } from "./docs_outcome.ts";
import type { Document } from "./docs_text.ts";
import { must } from "./shell.ts";

interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, unknown>>;
}

/** The page that has the options and the exit codes. */
const REFERENCE = "docs/reference.md";

/** The tables of docs/reference.md, README.md and CONTRIBUTING.md. */
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
    checkOptions(reference, help),
    checkExitCodes(reference, help),
    checkNames(
      "README.md",
      "dependency",
      Object.entries(manifest.imports)
        // The version is what a reader compares; a module's path is not.
        .map(([name, from]) => [name, packageOf(from)]),
      rowsOf(pages, "README.md"),
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

/** One option as `--help` shows it. */
interface Shown {
  readonly name: string;
  readonly metavar: string;
  readonly defaultText: string;
}

function optionsOf(help: string): Shown[] {
  const found = help.matchAll(
    /^ {2}--([a-z-]+)(?: ([A-Z]\S*))? {2,}.*(?:\n {6,}\(default (.*)\))?/gm,
  );
  return [...found].map(([, name, metavar = "", defaultText = ""]) => ({
    name,
    metavar,
    defaultText,
  }));
}

/** A switch is off by default; its row says so although --help does not. */
const SWITCH_DEFAULT = "false";

function checkOptions(rows: readonly Row[], help: string): Outcome {
  const place = REFERENCE;
  const faults: Fault[] = [];
  const options = optionsOf(help);
  for (const { name, metavar, defaultText } of options) {
    const written = `\`--${name}${metavar && ` ${metavar}`}\``;
    const row = rows.find(([first]) => first === written);
    if (row === undefined) {
      faults.push({ place, text: `has no row for the option ${written}` });
      continue;
    }
    const [, variable, value] = row;
    const expected = `\`${environmentName(name as OptionName)}\``;
    if (variable !== expected) {
      faults.push({
        place,
        text: `${written} has the variable ${variable}, not ${expected}`,
      });
    }
    const byDefault = defaultText || (metavar === "" ? SWITCH_DEFAULT : "");
    const code = byDefault === "" ? "" : `\`${byDefault}\``;
    if (value !== code) {
      faults.push({
        place,
        text: `${written} has the default ${value || "(none)"}, not ${
          code || "(none)"
        }`,
      });
    }
  }
  for (const [first] of rows) {
    const name = /^`--([a-z-]+)[ `]/.exec(first)?.[1];
    if (name === undefined || options.some((known) => known.name === name)) {
      continue;
    }
    faults.push({
      place,
      text: `has a row for --${name}, which --help has not`,
    });
  }
  return { checked: options.length, faults };
}

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
