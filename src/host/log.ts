/** The log on stderr: level filter, format and the writer behind it. */
import type { Message } from "../core/start_messages.ts";
import * as messages from "../core/start_messages.ts";
import type { LogLevel } from "../core/settings.ts";
import { LineWriter } from "./line_writer.ts";
import { formatJson, formatText } from "./log_format.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  error: 2,
};

export interface Log {
  /** Queues a record; never blocks and never throws. */
  readonly write: (message: Message) => void;
  /** Resolves when stderr has taken everything, or after `deadlineMs`. */
  readonly flush: (deadlineMs: number) => Promise<void>;
  /** Whether stderr's reader has gone away. */
  readonly isBroken: () => boolean;
}

/** A log of the records at `level` and above, in the given format. */
export function createLog(level: LogLevel, format: "text" | "json"): Log {
  const render = format === "json" ? formatJson : formatText;
  const writer = new LineWriter({
    write: (bytes) => Deno.stderr.write(bytes),
    lossLine: (count) => render(messages.logDropped(count), new Date()),
  });
  return {
    write: (message) => {
      if (SEVERITY[message.level] < SEVERITY[level]) return;
      const time = new Date();
      writer.push(() => render(message, time));
    },
    flush: (deadlineMs) => writer.flush(deadlineMs),
    isBroken: () => writer.broken,
  };
}
