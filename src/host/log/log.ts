/**
 * The log on stderr: which records are written. The writer behind it is loaded
 * when the log is opened, because no start waits for it.
 */
import type { Message } from "../../core/vocabulary/message.ts";
import type { LogLevel } from "../../core/vocabulary/settings.ts";
import type { LogWriter } from "./log_writer.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  error: 2,
};

export interface Log {
  /** Queues a record; never blocks and never throws. */
  readonly write: (message: Message) => void;
  /** Begins to write, with what was said so far. */
  readonly open: () => void;
  /** Opens the log, if anything was said; resolves when stderr has taken everything, or after `deadlineMs`. */
  readonly flush: (deadlineMs: number) => Promise<void>;
}

/**
 * A log of the records at `level` and above, in the given format. `preface`
 * makes those that come before all others.
 */
export function createLog(
  level: LogLevel,
  format: "text" | "json",
  preface: () => Promise<readonly Message[]>,
): Log {
  /** What is said while the writer is being loaded: nothing that others could repeat. */
  const early: [Message, Date][] = [];
  const isWanted = (message: Message) =>
    SEVERITY[message.level] >= SEVERITY[level];
  const began = new Date();
  let writer: LogWriter | undefined;
  let loading: Promise<void> | undefined;
  const load = async () => {
    const { createLogWriter } = await import("./log_writer.ts");
    const loaded = createLogWriter(format);
    for (const message of await preface()) {
      if (isWanted(message)) loaded.write(message, began);
    }
    for (const [message, time] of early) loaded.write(message, time);
    writer = loaded;
  };
  const open = () => void (loading ??= load());
  return {
    open,
    write: (message) => {
      if (!isWanted(message)) return;
      const time = new Date();
      if (writer !== undefined) return writer.write(message, time);
      early.push([message, time]);
    },
    flush: async (deadlineMs) => {
      if (early.length > 0) open();
      await loading;
      await writer?.flush(deadlineMs);
    },
  };
}
