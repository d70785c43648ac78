/**
 * Time limits of what the host waits for: checks, probes, actions, output. A
 * limit is over when this process has run for that long, and everything that
 * had arrived by then was handled.
 */
import { awakeNow } from "./clock.ts";
import { Timers } from "./timers.ts";

/**
 * The event loop gets this much more time after the end of a limit: an answer
 * that has already arrived needs some turns to be handled.
 */
export const LAST_WAIT_MS = 20;

const LIMITS: ReadonlySet<"limit" | "last"> = new Set(["limit", "last"]);

/** Calls `onOver` when the time is over; the returned function cancels that. */
export function limit(ms: number, onOver: () => void): () => void {
  const timers = new Timers<"limit" | "last">({
    limits: LIMITS,
    fire: (name) => {
      if (name === "last") return onOver();
      timers.set("last", awakeNow() + LAST_WAIT_MS);
    },
  });
  timers.set("limit", awakeNow() + ms);
  return () => timers.clear();
}

/**
 * Resolves when the promise resolves, or after `ms`. Rejects only if the
 * promise rejects before that.
 */
export async function within(
  ms: number,
  promise: Promise<unknown>,
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const cancel = limit(ms, resolve);
  try {
    await Promise.race([promise, over]);
  } finally {
    cancel();
  }
}
