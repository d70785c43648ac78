/** The declaration that deno-std's JavaScript lacks, as in @std/async/delay. */
export function delay(
  ms: number,
  options?: { signal?: AbortSignal; persistent?: boolean },
): Promise<void>;
