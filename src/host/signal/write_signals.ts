/**
 * Tells the signals that our own writes raise from those that another process
 * has sent: SIGPIPE if a stream's reader is gone (pipe(7)), SIGXFSZ if a file
 * has reached `ulimit -f` (setrlimit(2)). Signals of our own writes are not
 * meant for the child.
 */
import { within } from "../base/time_limit.ts";

export type OwnSignal = "SIGPIPE" | "SIGXFSZ";

/**
 * More than the time between a signal and the failure of the write that has
 * raised it.
 */
export const APART_MS = 100;

const pending = new Set<Promise<void>>();
const failedAtMs = new Map<OwnSignal, number>();

/**
 * Returns the result of `write`. If the write fails, notes the signal that this
 * may have raised.
 */
export async function ownWrite<T>(write: () => T | Promise<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<void>();
  pending.add(promise);
  try {
    return await write();
  } catch (error) {
    const signal = raisedBy(error);
    if (signal !== undefined) failedAtMs.set(signal, performance.now());
    throw error;
  } finally {
    pending.delete(promise);
    resolve();
  }
}

/**
 * Whether one of our own writes has raised the signal that has just come: a
 * write that failed up to APART_MS ago, or that is about to fail. Takes at most
 * APART_MS, and no time if nothing is being written. Never rejects.
 */
export async function isOwn(signal: OwnSignal): Promise<boolean> {
  const cameAtMs = performance.now();
  await within(APART_MS, Promise.all(pending));
  const lastMs = failedAtMs.get(signal);
  return lastMs !== undefined && lastMs > cameAtMs - APART_MS;
}

/**
 * The runtime has no error class for EFBIG, so every other failure may be that
 * one.
 */
function raisedBy(error: unknown): OwnSignal | undefined {
  if (error instanceof Deno.errors.BrokenPipe) return "SIGPIPE";
  return error instanceof Deno.errors.WouldBlock ? undefined : "SIGXFSZ";
}
