/** The declaration that deno-std's JavaScript lacks, as in @std/text/closest-string. */
export function closestString(
  givenWord: string,
  possibleWords: readonly string[],
  options?: { caseSensitive?: boolean },
): string;
