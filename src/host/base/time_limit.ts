/**
 * Time limits of what the host asks others: checks, probes, actions, output. A
 * limit is over when so much time has passed in which we ran, and what had
 * arrived by then was taken in.
 */
import { awakeNow } from "./clock.ts";
import { Timers } from "./timers.ts";

/**
 * After its end a limit leaves the event loop this much time: an answer that has
 * arrived already takes some turns to become known.
 */
const LAST_WAIT_MS = 20;

const LIMITS: ReadonlySet<"limit" | "last"> = new Set(["limit", "last"]);

/** Calls `onOver` when the time is over; the function that is returned takes that back. */
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

/** Resolves when the promise does, or after that time without it; rejects only with it. */
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
