/**
 * The log on stderr: which records are written. The writer behind it is loaded
 * with the first record, because no start waits for it.
 */
import type { Message } from "../core/message.ts";
import type { LogLevel } from "../core/settings.ts";
import type { LogWriter } from "./log_writer.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  error: 2,
};

export interface Log {
  /** Queues a record; never blocks and never throws. */
  readonly write: (message: Message) => void;
  /** Queues the records that `make` returns: it is called soon, but not now. */
  readonly defer: (make: Make) => void;
  /** Resolves when stderr has taken everything, or after `deadlineMs`. */
  readonly flush: (deadlineMs: number) => Promise<void>;
  /** Whether stderr's reader has gone away. */
  readonly isBroken: () => boolean;
}

/** A log of the records at `level` and above, in the given format. */
export function createLog(level: LogLevel, format: "text" | "json"): Log {
  const isWanted = (message: Message) =>
    SEVERITY[message.level] >= SEVERITY[level];
  /** What is said while the writer is being loaded: a few records. */
  const early: { readonly time: Date; readonly make: Make }[] = [];
  let writer: LogWriter | undefined;
  let loading: Promise<void> | undefined;
  const load = async () => {
    // After everything that is being done now: the child's start, above all.
    await undefined;
    const { createLogWriter } = await import("./log_writer.ts");
    writer = createLogWriter(format);
    for (const { time, make } of early) {
      for (const message of make().filter(isWanted)) {
        writer.write(message, time);
      }
    }
  };
  const defer = (make: Make) => {
    const time = new Date();
    if (writer === undefined) {
      early.push({ time, make });
      loading ??= load();
      return;
    }
    for (const message of make().filter(isWanted)) writer.write(message, time);
  };
  return {
    write: (message) => defer(() => [message]),
    defer,
    flush: async (deadlineMs) => {
      await loading;
      await writer?.flush(deadlineMs);
    },
    isBroken: () => writer?.isBroken() ?? false,
  };
}

type Make = () => readonly Message[];
