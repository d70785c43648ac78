/** The log on stderr: which records are written, in which format. */
import { logDropped } from "../../core/text/manager.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { LogLevel } from "../../core/vocabulary/settings.ts";
import { lendThread } from "../descriptor/input_wait.ts";
import { Output } from "../descriptor/output.ts";
import { ownWrite } from "../signal/write_signals.ts";
import { Folding } from "./folding.ts";
import { formatJson, formatText } from "./line_format.ts";
import { LineWriter } from "./line_writer.ts";

const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
};

const STDERR = 2;

export interface Log {
  /** Queues a record; never blocks and never throws. */
  readonly write: (message: Message) => void;
  /** Resolves when stderr has taken everything, or after `deadlineMs`. */
  readonly flush: (deadlineMs: number) => Promise<void>;
  /** Asks for the number of the reload that a record is part of; none is asked for until then. */
  readonly numberReloads: (reloadId: () => number | undefined) => void;
  /** Gives every record that is written from now on to `reader` too, which must not throw. */
  readonly follow: (reader: (message: Message) => void) => void;
  /** How many lines were lost so far: too many for a slow reader, or nobody reads. */
  readonly lost: () => number;
  /** Why no line is written any more; undefined where they are. */
  readonly fault: () => string | undefined;
  /** The level at and above which records are written. */
  readonly level: () => LogLevel;
  /** Holds for the records that come after. */
  readonly setLevel: (level: LogLevel) => void;
}

/** A log of the records at `initial` and above, in the given format. */
export function createLog(initial: LogLevel, format: "text" | "json"): Log {
  let level = initial;
  let reader: ((message: Message) => void) | undefined;
  const render = format === "json" ? formatJson : formatText;
  const output = new Output(STDERR);
  const lines = new LineWriter({
    write: (bytes) => ownWrite(() => writeTo(output, bytes)),
    lossLine: (count) => render(logDropped(count), new Date()),
  });
  const folding = new Folding((message, time) =>
    lines.push(() => render(message, time))
  );
  let reloadId: () => number | undefined = () => undefined;
  return {
    write: (message) => {
      if (SEVERITY[message.level] < SEVERITY[level]) return;
      folding.push(numbered(message, reloadId()), new Date());
      reader?.(message);
    },
    numberReloads: (next) => {
      reloadId = next;
    },
    follow: (next) => {
      reader = next;
    },
    flush: (deadlineMs) => {
      folding.flush();
      return lines.flush(deadlineMs);
    },
    lost: () => lines.lost,
    fault: () => lines.broken ? "nobody reads stderr any more" : undefined,
    level: () => level,
    setLevel: (next) => {
      level = next;
    },
  };
}

const numbered = (message: Message, reloadId: number | undefined): Message =>
  reloadId === undefined
    ? message
    : { ...message, fields: { ...message.fields, reload_id: reloadId } };

/**
 * Writes at once if there is room. If there is none, or no libc, a thread of
 * the runtime's pool waits for room. Trying again from time to time would not
 * be enough: a child that keeps filling the same pipe would leave no room at
 * those moments.
 */
function writeTo(
  output: Output,
  bytes: Uint8Array<ArrayBuffer>,
): number | Promise<number> {
  try {
    const written = output.write(bytes);
    if (written !== undefined) return written;
  } catch (error) {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
  }
  return lendThread(Deno.stderr.write(bytes));
}
