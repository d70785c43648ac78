/** What to say of an option that is unknown. Loaded only for that. Pure. */
// @ts-types="../../types/std_text_closest_string.d.ts"
import { closestString } from "@std/text/closest-string";
// @ts-types="../../types/std_text_levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { OPTION_NAMES } from "./options.ts";
import { type UnknownOption, UsageError } from "./scan.ts";

/** The refusal for the user, with the option that was probably meant. */
export function refuseUnknown({ written, flag }: UnknownOption): UsageError {
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
