/** What to say of a command line that cannot be split. Loaded only for that. Pure. */
// @ts-types="../../types/std_text_closest_string.d.ts"
import { closestString } from "@std/text/closest-string";
// @ts-types="../../types/std_text_levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { HELP } from "./option_help.ts";
import { OPTION_NAMES } from "./options.ts";
import { MissingValue, type UnknownOption, UsageError } from "./scan.ts";

/** The refusal for the user. */
export const refusalOf = (error: UnknownOption | MissingValue): UsageError =>
  error instanceof MissingValue ? refuseMissing(error) : refuseUnknown(error);

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
