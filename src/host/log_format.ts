/** How a record looks on stderr. Pure but for the local time zone. */
import type { Message } from "../core/messages.ts";
import { oneLine } from "../core/one_line.ts";

/** Longer lines are cut: a pipe keeps writes up to PIPE_BUF whole, longer ones may mix with the child's. */
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

/** One JSON object: `time` (RFC 3339), `level`, `msg`, then the event's fields. */
export function formatJson(message: Message, time: Date): string {
  return JSON.stringify({
    time: time.toISOString(),
    level: message.level,
    msg: message.text,
    ...message.fields,
  });
}

const encoder = new TextEncoder();
const CUT = encoder.encode("...[cut]\n");

/** The line's bytes with its newline, at most LINE_MAX_BYTES. */
export function encodeLine(line: string): Uint8Array {
  const bytes = encoder.encode(`${line}\n`);
  if (bytes.length <= LINE_MAX_BYTES) return bytes;
  const cut = bytes.slice(0, LINE_MAX_BYTES);
  cut.set(CUT, LINE_MAX_BYTES - CUT.length);
  return cut;
}
