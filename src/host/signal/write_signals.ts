/**
 * Tells the signals that our own writes raise in us from those that somebody
 * sent: SIGPIPE where a stream's reader is gone (pipe(7)), SIGXFSZ where a file
 * has reached `ulimit -f` (setrlimit(2)). They are not meant for the child.
 */
import { within } from "../base/time_limit.ts";

export type OwnSignal = "SIGPIPE" | "SIGXFSZ";

/** Longer than a signal and the failure of the write that raised it are apart. */
export const APART_MS = 100;

const pending = new Set<Promise<void>>();
const failedAtMs = new Map<OwnSignal, number>();

/** Passes on what `write` does; if it fails, it accounts for the signal that this has raised. */
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
 * Whether the signal that has just come is from a write of ours: one that
 * failed up to APART_MS ago, or is about to. Takes no longer than APART_MS, and
 * no time where nothing is being written; never rejects.
 */
export async function isOwn(signal: OwnSignal): Promise<boolean> {
  const cameAtMs = performance.now();
  await within(APART_MS, Promise.all(pending));
  const lastMs = failedAtMs.get(signal);
  return lastMs !== undefined && lastMs > cameAtMs - APART_MS;
}

/** The runtime has no class for EFBIG, so every other failure may be one. */
function raisedBy(error: unknown): OwnSignal | undefined {
  if (error instanceof Deno.errors.BrokenPipe) return "SIGPIPE";
  return error instanceof Deno.errors.WouldBlock ? undefined : "SIGXFSZ";
}
