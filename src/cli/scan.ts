/**
 * Splits an argument list as Go's flag package does, which existing manifests
 * rely on: `-name value`, `--name=value`, options up to the first positional,
 * `--` ends them. Pure.
 *
 * Not @std/cli's parseArgs: it reads `-name` as four switches, takes no value
 * that begins with a dash, and cannot tell a missing value from an empty one.
 */
import { isName, isSwitch, type OptionName } from "./options.ts";
import { refuseMissing, refuseUnknown } from "./refusal.ts";

/** What was asked for. `flags` holds the options' texts, in order. */
export interface Scan {
  readonly flags: ReadonlyMap<OptionName, readonly string[]>;
  readonly positionals: readonly string[];
  readonly ask: "help" | "version" | undefined;
  /** Of `-o` and `--output`, which only `check` has. */
  readonly output: string | undefined;
}

/** Throws a UsageError for an option that is unknown or lacks its value. */
export function scan(argv: readonly string[], isCheck: boolean): Scan {
  const flags = new Map<OptionName, string[]>();
  let output: string | undefined;
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index];
    if (word === "--") {
      const positionals = argv.slice(index + 1);
      return { flags, positionals, ask: undefined, output };
    }
    // A lone dash is a positional by convention (stdin).
    if (!word.startsWith("-") || word === "-") break;
    const { flag, inline } = splitWord(word);
    if (flag === "h" || flag === "help") {
      return { flags, positionals: [], ask: "help", output };
    }
    if (word === "-V" || flag === "version") {
      return { flags, positionals: [], ask: "version", output };
    }
    if (isCheck && (flag === "o" || flag === "output")) {
      output = inline ?? argv[++index] ?? "";
      continue;
    }
    const name = knownName(flag, word);
    const takesNext = inline === undefined && !isSwitch(name);
    const value = takesNext ? argv[++index] : inline ?? "true";
    if (value === undefined) throw refuseMissing(name);
    flags.set(name, [...flags.get(name) ?? [], value]);
  }
  return { flags, positionals: argv.slice(index), ask: undefined, output };
}

/** `--flag=inline`, with one dash or two. */
function splitWord(word: string) {
  const begin = word.startsWith("--") ? 2 : 1;
  const end = word.indexOf("=");
  return end < 0
    ? { flag: word.slice(begin), inline: undefined }
    : { flag: word.slice(begin, end), inline: word.slice(end + 1) };
}

function knownName(flag: string, word: string): OptionName {
  if (!isName(flag)) throw refuseUnknown(word.split("=")[0], flag);
  return flag;
}
