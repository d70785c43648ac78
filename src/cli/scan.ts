/**
 * Splits an argument list as Go's flag package does, which existing manifests
 * rely on: `-name value`, `--name=value`, options up to the first positional,
 * `--` ends them. Pure.
 *
 * Not @std/cli's parseArgs: it reads `-name` as four switches, takes no value
 * that begins with a dash, and cannot tell a missing value from an empty one.
 */
import { isName, isSwitch, type OptionName } from "./options.ts";
import { meantOption, refuseMissing, refuseUnknown } from "./refusal.ts";
import type { UsageError } from "./values/basic.ts";

/** What was asked for. `flags` holds the options' texts, in order. */
export interface Scan {
  readonly flags: ReadonlyMap<OptionName, readonly string[]>;
  readonly positionals: readonly string[];
  /** Whether `--` ended the options, so that no positional is a word of ours. */
  readonly closed: boolean;
  readonly ask: "help" | "version" | undefined;
  /** Of `-o` and `--output`, which only `check` has. */
  readonly output: string | undefined;
  /** Of each option that is unknown or lacks its value. */
  readonly refusals: readonly UsageError[];
}

/** Reads all options; what is wrong with one of them does not hide the next. */
export function scan(argv: readonly string[], isCheck: boolean): Scan {
  const flags = new Map<OptionName, string[]>();
  const refusals: UsageError[] = [];
  let output: string | undefined;
  const end = (index: number, rest: Partial<Scan> = {}): Scan => ({
    flags,
    positionals: argv.slice(index),
    closed: false,
    ask: undefined,
    output,
    refusals,
    ...rest,
  });
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index];
    if (word === "--") return end(index + 1, { closed: true });
    // A lone dash is a positional by convention (stdin).
    if (!word.startsWith("-") || word === "-") break;
    const { flag: written, inline } = splitWord(word);
    const flag = plainFlag(written);
    if (flag === "h" || flag === "help") {
      return end(argv.length, { ask: "help" });
    }
    if (word === "-V" || word === "-v" || flag === "version") {
      return end(argv.length, { ask: "version" });
    }
    // As kubectl takes it.
    if (isCheck && JOINED_OUTPUT.test(word)) {
      output = word.slice("-o".length);
      continue;
    }
    if (isCheck && (flag === "o" || flag === "output")) {
      output = inline ?? argv[++index] ?? "";
      continue;
    }
    if (!isName(flag)) {
      refusals.push(refuseUnknown(word.split("=")[0], written));
      // What follows is most likely the value of the option that was meant.
      const meant = meantOption(flag);
      const hasValue = inline === undefined && meant !== undefined &&
        isName(meant) && !isSwitch(meant) &&
        !(argv[index + 1] ?? "-").startsWith("-");
      if (hasValue) index++;
      continue;
    }
    const takesNext = inline === undefined && !isSwitch(flag);
    const value = takesNext ? argv[++index] : inline ?? "true";
    if (value === undefined) {
      refusals.push(refuseMissing(flag));
      break;
    }
    flags.set(flag, [...flags.get(flag) ?? [], value]);
  }
  return end(index);
}

/** `-ojson`, a short option and its value in one word. */
export const JOINED_OUTPUT = /^-o(?:text|json)$/;

/** Prometheus writes --log.level, others --log_level or --LOG-LEVEL. */
function plainFlag(written: string): string {
  if (isName(written)) return written;
  const plain = written.toLowerCase().replace(/[._]/g, "-");
  return isName(plain) ? plain : written;
}

/** `--flag=inline`, with one dash or two. */
function splitWord(word: string) {
  const begin = word.startsWith("--") ? 2 : 1;
  const end = word.indexOf("=");
  return end < 0
    ? { flag: word.slice(begin), inline: undefined }
    : { flag: word.slice(begin, end), inline: word.slice(end + 1) };
}
