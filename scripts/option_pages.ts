/**
 * The parts of docs/reference.md and of docs/flush-manager.1 that are made from
 * the table of options, that of subcommands and what each means. Pure.
 */
import {
  SUBCOMMAND_NAMES,
  type SubcommandName,
} from "../src/cli/first_word.ts";
import {
  environmentName,
  isSwitch,
  OPTION_NAMES,
  type OptionName,
  optionOf,
} from "../src/cli/options.ts";
import {
  clientOption,
  type ClientOptionName,
  SHARED_OPTIONS,
  subcommandOf,
} from "../src/cli/subcommands.ts";
import { VERSION } from "../src/manager/version.ts";
import { MEANINGS, SUBCOMMAND_MEANINGS } from "./option_meanings.ts";
import { roff, roffText } from "./roff.ts";

/** A page with its generated parts as they are now. */
export const referencePage = (page: string): string =>
  [
    ["options", optionsTable()] as const,
    ["subcommands", subcommandsTable()] as const,
  ].reduce(
    (text, [name, part]) =>
      between(
        text,
        `<!-- ${name}: deno task manual -->\n\n`,
        part,
        `\n<!-- end -->`,
      ),
    page,
  );

/** The same of the manual page. */
export const manualPage = (page: string): string =>
  [
    ["title", titleLine()] as const,
    ["options", OPTION_NAMES.map(optionEntry).join("")] as const,
    ["subcommands", subcommandEntries()] as const,
  ].reduce(
    (text, [name, part]) =>
      between(text, `.\\" ${name}: deno task manual\n`, part, `.\\" end\n`),
    page,
  );

/** The page with `part` between two marks. Throws where it lacks one of them. */
export function between(
  page: string,
  begin: string,
  part: string,
  end: string,
): string {
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end, from);
  if (from < begin.length || to < 0) {
    throw new Error(`Cannot write the page: it has no ${begin.trim()}`);
  }
  return page.slice(0, from) + part + page.slice(to);
}

type Row = readonly string[];

/** A table as `deno fmt` leaves it. */
export function table(rows: readonly Row[]): string {
  const [head] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => row[column].length))
  );
  const line = (row: Row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  const [first, ...rest] = rows.map(line);
  return [first, rule, ...rest].join("\n") + "\n";
}

const code = (text: string) => text === "" ? "" : `\`${text}\``;

/** With the name of its value, if it takes one. */
const named = (name: string, metavar: string | undefined) =>
  metavar === undefined ? name : `${name} ${metavar}`;

function optionsTable(): string {
  return table([
    ["option", "environment variable", "default", "meaning"],
    ...OPTION_NAMES.map((name) => [
      code(named(`--${name}`, optionOf(name).metavar)),
      code(environmentName(name)),
      code(defaultTextOf(name)),
      MEANINGS[name].text,
    ]),
    ["`-h`, `--help`", "", "", "Show the options and their defaults."],
    ["`-V`, `-v`, `--version`", "", "", "Show the version."],
  ]);
}

const defaultTextOf = (name: OptionName) => optionOf(name).defaultText ?? "";

function subcommandsTable(): string {
  return table([
    ["subcommand", "own options", "what it does"],
    ...SUBCOMMAND_NAMES.map((name) => [
      code(named(name, subcommandOf(name).metavar)),
      ownOptions(name).map((option) =>
        code(named(`--${option}`, metavarOf(option)))
      ).join(", "),
      SUBCOMMAND_MEANINGS[name],
    ]),
  ]);
}

const ownOptions = (name: SubcommandName) => subcommandOf(name).options;

const metavarOf = (name: ClientOptionName) => clientOption(name).metavar;

const titleLine = () =>
  `.TH FLUSH\\-MANAGER 1 "" "flush-manager ${VERSION}" "User Commands"\n`;

/** `.TP` and the heading of an entry: the name in bold, its value in italics. */
function entryHead(name: string, metavar: string | undefined): string {
  return metavar === undefined
    ? `.TP\n.B ${roffText(name)}\n`
    : `.TP\n.BI ${roffText(name)} " ${roffText(metavar)}"\n`;
}

/** An option, below the heading of its group where it is the first one there. */
function optionEntry(name: OptionName, index: number): string {
  const { group, metavar } = optionOf(name);
  const before = OPTION_NAMES[index - 1];
  const isFirst = before === undefined || optionOf(before).group !== group;
  const { text, more } = MEANINGS[name];
  const value = defaultTextOf(name);
  return (isFirst ? `.SS ${group}\n` : "") +
    entryHead(`--${name}`, isSwitch(name) ? undefined : metavar) +
    roff(more === undefined ? text : `${text} ${more}`) +
    ".br\n" +
    (value === "" ? "" : `Default: ${roffText(value)}.\n`) +
    `Variable: ${environmentName(name)}.\n`;
}

function subcommandEntries(): string {
  const own = SUBCOMMAND_NAMES.map((name) =>
    entryHead(name, subcommandOf(name).metavar) +
    roff(SUBCOMMAND_MEANINGS[name]) +
    ownOptionsLine(name)
  );
  return own.join("") + ".PP\nAll of them take these options:\n" +
    SHARED_OPTIONS.map((name) =>
      entryHead(`--${name}`, metavarOf(name)) + roff(sentence(name))
    ).join("");
}

/** Each is told in the text of the subcommand; here is what its value is called. */
function ownOptionsLine(name: SubcommandName): string {
  const own = ownOptions(name);
  if (own.length === 0) return "";
  const items = own.map((option) =>
    code(named(`--${option}`, metavarOf(option)))
  );
  return `.br\n${roff(`Options: ${items.join(", ")}.`)}`;
}

const sentence = (name: ClientOptionName) => `${clientOption(name).help}.`;
