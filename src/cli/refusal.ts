/** What to say of a command line that cannot be used. Loaded only for that. Pure. */
// @ts-types="../../types/std_text_closest_string.d.ts"
import { closestString } from "@std/text/closest-string";
// @ts-types="../../types/std_text_levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { maskUrls } from "../core/notation/describe.ts";
import { NotAllowed } from "./given.ts";
import { HELP } from "./option_help.ts";
import { OPTION_NAMES, type OptionName } from "./options.ts";
import { MissingValue, UnknownOption, UsageError } from "./scan.ts";

/** The refusal for the user; undefined of any other error. */
export function refusalOf(error: unknown): UsageError | undefined {
  if (error instanceof NotAllowed) return refuseValue(error);
  if (error instanceof MissingValue) return refuseMissing(error);
  return error instanceof UnknownOption ? refuseUnknown(error) : undefined;
}

/** Names the place, the value and what is allowed. */
function refuseValue({ place, option, text, message }: NotAllowed): UsageError {
  const value = JSON.stringify(shown(option, text));
  return new UsageError(
    `Cannot use ${place}: the value ${value} is not allowed; use ${message}`,
  );
}

/** Where a URL may have been meant. */
const MAY_HOLD_URL: ReadonlySet<OptionName> = new Set([
  "config",
  "on-change",
  "ready",
  "listen",
  "wait-for",
]);

/** A word's beginning that is ours, up to where a URL's user may stand. */
const OWN =
  /^(?:[^\s=@?]*=)?(?:(?:exec|http|tcp|unix):)?(?:(?:GET|POST|PUT|DELETE):)?(?:https?:\/\/)?/;

/**
 * The value without passwords and queries. A mistyped URL is none, so of a word
 * with an `@` what is before it goes, and of any what is behind a `?`.
 */
function shown(option: OptionName, text: string): string {
  const masked = maskUrls(text);
  if (!MAY_HOLD_URL.has(option) || text.startsWith("log:")) return masked;
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

function refuseMissing({ option }: MissingValue): UsageError {
  const { metavar, text } = HELP[option];
  return new UsageError(
    `Cannot use option --${option}: it needs a value (--${option} ${metavar}: ${text})`,
  );
}

/** Names the option that was probably meant. */
function refuseUnknown({ written, flag }: UnknownOption): UsageError {
  const words = [...OPTION_NAMES, "help", "version"];
  const nearest = words.find((word) => isBeginning(flag, word)) ??
    closestString(flag, words);
  const hint = isClose(flag, nearest)
    ? `did you mean --${nearest}?`
    : "see --help for the options";
  return new UsageError(
    `Cannot use option ${written}: it is unknown; ${hint} (put -- before a command's own options)`,
  );
}

const isBeginning = (typed: string, known: string) =>
  typed.length >= 3 && known.startsWith(typed);

/** A suggestion that has little to do with what was typed only confuses. */
function isClose(typed: string, known: string): boolean {
  return isBeginning(typed, known) ||
    levenshteinDistance(typed, known) <= Math.max(1, known.length / 3);
}
