/**
 * Formats a record as a line for stderr. Pure, except that it uses the local
 * time zone.
 */
import type { Message } from "../../core/vocabulary/message.ts";
import { oneLine, oneLineJson } from "../../core/notation/one_line.ts";

/**
 * Longer lines are cut. A pipe takes writes up to PIPE_BUF as a whole; parts of
 * longer ones may mix with the child's output.
 */
export const LINE_MAX_BYTES = 4096;

const two = (value: number) => String(value).padStart(2, "0");

/** `[flush-manager] INFO: 2026/01/31 23:59:59 message` in local time, as Go's log package writes it. */
export function formatText(message: Message, time: Date): string {
  const date = `${time.getFullYear()}/${two(time.getMonth() + 1)}/${
    two(time.getDate())
  }`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${
    two(time.getSeconds())
  }`;
  const level = message.level.toUpperCase();
  return `[flush-manager] ${level}: ${date} ${clock} ${oneLine(message.text)}`;
}

/**
 * How many characters of a too long message are kept; every character may need
 * six bytes.
 */
const JSON_MSG_MAX_CHARS = 600;

/**
 * One JSON object: `time` (RFC 3339), `level`, `event`, `msg`, then the event's
 * fields. If it is too long for a line, its `msg` is cut and its fields but
 * `reload_id` are left out, so that the line is still a JSON object.
 */
export function formatJson(message: Message, time: Date): string {
  const { level, event } = message;
  const head = { time: time.toISOString(), level, event };
  const whole = oneLineJson(JSON.stringify({
    ...head,
    msg: message.text,
    ...message.fields,
  }));
  if (encoder.encode(whole).length < LINE_MAX_BYTES) return whole;
  const msg = `${message.text.slice(0, JSON_MSG_MAX_CHARS)}...[cut]`;
  const { reload_id } = message.fields;
  return oneLineJson(JSON.stringify({ ...head, msg, reload_id }));
}

const encoder = new TextEncoder();
const CUT = encoder.encode("...[cut]\n");
const NEWLINE = 10;

/**
 * Writes a line and its newline into `room`; returns their length, or undefined
 * if they do not fit. A line that does not fit into a whole room of
 * LINE_MAX_BYTES is cut.
 */
export function encodeLine(line: string, room: Uint8Array): number | undefined {
  const { read, written } = encoder.encodeInto(line, room);
  if (read === line.length && written < room.length) {
    room[written] = NEWLINE;
    return written + 1;
  }
  if (room.length < LINE_MAX_BYTES) return undefined;
  room.set(CUT, LINE_MAX_BYTES - CUT.length);
  return LINE_MAX_BYTES;
}
