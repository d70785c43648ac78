/** What to say of a command line that cannot be used. Pure. */
// @ts-types="../../types/std_text_closest_string.d.ts"
import { closestString } from "@std/text/closest-string";
// @ts-types="../../types/std_text_levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { maskScript } from "../core/notation/describe.ts";
import { OPTION_NAMES, type OptionName, optionOf } from "./options.ts";
import { fromOtherTool } from "./other_names.ts";
import { UsageError } from "./values/basic.ts";

/** Of an option that was given, and why it cannot be used. */
export type Refusal = (name: OptionName, why: string) => UsageError;

/** Of a value that its option cannot take: names the place, the value and what is allowed. */
export function refuseValue(
  place: string,
  option: OptionName,
  text: string,
  allowed: string,
): UsageError {
  return refuseText(place, shown(option, text), allowed);
}

/** Of a value in an error. */
const SHOWN_MAX_CHARS = 200;

/** The same, of a text that may be shown as it is. */
export const refuseText = (place: string, text: string, allowed: string) =>
  new UsageError(
    `Cannot use ${place}: the value ${
      JSON.stringify(
        text.length <= SHOWN_MAX_CHARS
          ? text
          : `${text.slice(0, SHOWN_MAX_CHARS)}…`,
      )
    } is not allowed; use ${allowed}`,
  );

/** Whether a URL may have been meant: by what takes an action, a probe or an address. */
function mayHoldUrl(option: OptionName): boolean {
  const { written = "", offers = [] } = optionOf(option);
  return ["path", "tagged", "probes"].includes(written) ||
    offers.includes("tcp:");
}

/** A word's beginning that is ours, up to where a URL's user may stand. */
const OWN =
  /^(?:[^\s=@?]*=)?(?:(?:exec|http|tcp|unix):)?(?:(?:GET|POST|PUT|DELETE):)?(?:https?:\/\/)?/;

/**
 * The value without passwords, queries and headers. A mistyped URL is none, so of a word
 * with an `@` what is before it goes, and of any what is behind a `?`.
 */
export function shown(option: OptionName, text: string): string {
  const masked = maskScript(text);
  if (!mayHoldUrl(option) || text.startsWith("log:")) return masked;
  return masked.replace(/\S+/g, (word) => {
    const [own = ""] = OWN.exec(word) ?? [];
    const rest = word.slice(own.length);
    const question = rest.indexOf("?");
    const at = rest.lastIndexOf("@");
    // Either may be part of a password, or of a query.
    if (question >= 0 && at > question) return `${own}...`;
    const open = question < 0 ? rest : `${rest.slice(0, question)}?...`;
    return `${own}${open.slice(at + 1)}`;
  });
}

/** Of an option without the value that it needs. */
export function refuseMissing(option: OptionName): UsageError {
  const { metavar, help } = optionOf(option);
  return new UsageError(
    `Cannot use option --${option}: it needs a value (--${option} ${metavar}: ${help})`,
  );
}

/**
 * Of a word that is not one of our options, as it was written and without its
 * dashes: names the option that was probably meant.
 */
export function refuseUnknown(written: string, flag: string): UsageError {
  const meant = meantOption(flag);
  const hint = meant === undefined
    ? "see --help for the options"
    : `did you mean ${
      meant === "check" ? "flush-manager check" : `--${meant}`
    }?`;
  return new UsageError(
    `Cannot use option ${written}: it is unknown; ${hint} (put -- before a command's own options)`,
  );
}

/** The option that was probably meant, or `check`; undefined if none is close. */
export const meantOption = (flag: string): string | undefined =>
  fromOtherTool(flag) ??
    suggestion(flag, [...OPTION_NAMES, "help", "version"]);

/** The word that was probably meant; undefined if none is close. */
export function suggestion(
  typed: string,
  words: readonly string[],
): string | undefined {
  const nearest = words.find((word) => isBeginning(typed, word)) ??
    closestString(typed, words);
  return isClose(typed, nearest) ? nearest : undefined;
}

const isBeginning = (typed: string, known: string) =>
  typed.length >= 3 && known.startsWith(typed);

/** A suggestion that has little to do with what was typed only confuses. */
function isClose(typed: string, known: string): boolean {
  return isBeginning(typed, known) ||
    levenshteinDistance(typed, known) <= Math.max(1, known.length / 3);
}
