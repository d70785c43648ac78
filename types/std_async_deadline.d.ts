/** The declaration that deno-std's JavaScript lacks, as in @std/async/deadline. */
export function deadline<T>(
  promise: Promise<T>,
  ms: number,
  options?: { signal?: AbortSignal },
): Promise<T>;
