/**
 * Waiting for a state that announces itself by no line of output, and the one
 * fixed wait that tests may use. Knows nothing of processes or files.
 */
import { HANG_MS } from "../fixtures/limits.ts";

const LOOK_EVERY_MS = 10;

/** What `until` takes for "not yet". */
type Missing = undefined | false;

/**
 * Looks again and again until `check` gives something else than undefined or false.
 *
 * @throws {Error} "Cannot see <what>" when the deadline has passed
 */
export async function until<T extends NonNullable<unknown>>(
  what: string,
  check: () => T | Missing | Promise<T | Missing>,
  deadlineMs = HANG_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      throw new Error(`Cannot see ${what} within ${deadlineMs} ms`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/**
 * Lets time pass. Only for the pace of a scenario ("2 s later") and to prove
 * that nothing happens: whoever waits for something waits for that itself.
 */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The time of `atMost` is counted in these: a machine that stands still uses up one. */
const STEP_MS = 50;

/** Resolves with the promise, or after that time without it. */
export async function atMost(
  ms: number,
  promise: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const over = promise.then(() => isOver = true);
  for (let leftMs = ms; leftMs > 0 && !isOver; leftMs -= STEP_MS) {
    let timer: number | undefined;
    const late = new Promise<void>((resolve) =>
      timer = setTimeout(resolve, STEP_MS)
    );
    await Promise.race([over, late]);
    clearTimeout(timer);
  }
}
