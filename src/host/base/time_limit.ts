/** Waiting that has a limit. */

/** The limit is counted in these: a process that is throttled meanwhile loses one, not all of it. */
const STEP_MS = 20;

/** Resolves when the promise does, or after that time without it; rejects only with it. */
export async function within(
  ms: number,
  promise: Promise<unknown>,
): Promise<void> {
  let isSettled = false;
  const settled = promise.finally(() => isSettled = true);
  for (let leftMs = ms; leftMs > 0 && !isSettled; leftMs -= STEP_MS) {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(leftMs, STEP_MS));
    try {
      await Promise.race([settled, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
