/**
 * Splits an argument list as Go's flag package does, which existing manifests
 * rely on: `-name value`, `--name=value`, options up to the first positional,
 * `--` ends them. Pure.
 *
 * Not @std/cli's parseArgs: it reads `-name` as four switches, takes no value
 * that begins with a dash, and cannot tell a missing value from an empty one.
 */
import { oneLine } from "../core/one_line.ts";
import { OPTION_NAMES, type OptionName, OPTIONS } from "./options.ts";

/** A command line that cannot be used; the message is the whole line for the user. */
export class UsageError extends Error {
  constructor(message: string) {
    super(oneLine(message));
  }
}

/** An option that is not one of ours, as it was written and without its dashes. */
export class UnknownOption extends Error {
  readonly written: string;
  readonly flag: string;

  constructor(written: string, flag: string) {
    super(`Unknown option ${written}`);
    this.written = written;
    this.flag = flag;
  }
}

/** What was asked for. `flags` holds the options' texts, in order. */
export interface Scan {
  readonly flags: ReadonlyMap<OptionName, readonly string[]>;
  readonly positionals: readonly string[];
  readonly ask: "help" | "version" | undefined;
}

/** Throws an UnknownOption, or a UsageError for a missing value. */
export function scan(argv: readonly string[]): Scan {
  const flags = new Map<OptionName, string[]>();
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index];
    if (word === "--") {
      return { flags, positionals: argv.slice(index + 1), ask: undefined };
    }
    // A lone dash is a positional by convention (stdin).
    if (!word.startsWith("-") || word === "-") break;
    const [, flag, inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === "h" || flag === "help") {
      return { flags, positionals: [], ask: "help" };
    }
    if (word === "-V" || flag === "version") {
      return { flags, positionals: [], ask: "version" };
    }
    const name = knownName(flag, word);
    const takesNext = inline === undefined &&
      OPTIONS[name].metavar !== undefined;
    const value = takesNext ? argv[++index] : inline ?? "true";
    if (value === undefined) throw missingValue(name);
    flags.set(name, [...flags.get(name) ?? [], value]);
  }
  return { flags, positionals: argv.slice(index), ask: undefined };
}

function missingValue(name: OptionName): UsageError {
  const { metavar, help } = OPTIONS[name];
  return new UsageError(
    `Cannot use option --${name}: it needs a value (--${name} ${metavar}: ${help})`,
  );
}

function knownName(flag: string, word: string): OptionName {
  const known = OPTION_NAMES.find((name) => name === flag);
  if (known === undefined) throw new UnknownOption(word.split("=")[0], flag);
  return known;
}
