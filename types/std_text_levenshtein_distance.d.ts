/** The declaration that deno-std's JavaScript lacks, as in @std/text/levenshtein-distance. */
export function levenshteinDistance(a: string, b: string): number;
