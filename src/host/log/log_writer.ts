/** What takes the log's records to stderr: their format and the queue of lines. */
import type { Message } from "../../core/vocabulary/message.ts";
import { logDropped } from "../../core/text/manager.ts";
import { LineWriter } from "./line_writer.ts";
import { formatJson, formatText } from "./line_format.ts";
import { ownWrite } from "../signal/write_signals.ts";

export interface LogWriter {
  /** Queues a record; never blocks and never throws. */
  readonly write: (message: Message, time: Date) => void;
  /** Resolves when stderr has taken everything, or after `deadlineMs`. */
  readonly flush: (deadlineMs: number) => Promise<void>;
}

/** A writer of records to stderr in the given format. */
export function createLogWriter(format: "text" | "json"): LogWriter {
  const render = format === "json" ? formatJson : formatText;
  const lines = new LineWriter({
    write: (bytes) => ownWrite(() => Deno.stderr.write(bytes)),
    lossLine: (count) => render(logDropped(count), new Date()),
  });
  return {
    write: (message, time) => lines.push(() => render(message, time)),
    flush: (deadlineMs) => lines.flush(deadlineMs),
  };
}
