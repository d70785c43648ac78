/** A line of a terminal that tells how far a reload is, while its end is waited for. */
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import { EventStream } from "./event_stream.ts";
import type { ServerEvent } from "./answer/event_parser.ts";
import type { Exchange } from "./exchange.ts";
import { screenOf } from "./questions.ts";
import {
  begun,
  type Progress,
  progressed,
  progressLine,
} from "./text/progress_text.ts";

/** Often enough that a time seems to run, seldom enough for a slow line. */
const REFRESH_MS = 200;

/** The reload does not wait longer for its progress to be heard. */
const EVENTS_MS = 1_000;

/** To the line's beginning, and nothing on it (ECMA-48: EL). */
const CLEAR_LINE = "\r\x1b[2K";

/**
 * What `work` resolves to. The line begins before that, so that no phase is
 * missed, and is gone after it. Without events there is none: the answer counts.
 */
export async function withProgress<T>(
  { connection, terminal }: Exchange,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const { signal } = over;
  let progress: Progress = begun(Date.now());
  const events = await Promise.race([
    new EventStream(connection, signal).open().catch(() => undefined),
    delay(EVENTS_MS, { signal }).catch(() => undefined),
  ]);
  const draw = () =>
    terminal.write(
      CLEAR_LINE + progressLine(progress, Date.now(), screenOf(terminal)),
    );
  const reading = events === undefined ? undefined : read(events, (event) => {
    progress = progressed(progress, event, Date.now());
  });
  // A terminal that is gone is noticed when the result is written.
  const timer = setInterval(() => void draw().catch(() => {}), REFRESH_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    over.abort();
    await reading;
    await terminal.write(CLEAR_LINE).catch(() => {});
  }
}

/** Never rejects: progress is not worth a failure. */
async function read(
  events: AsyncIterable<ServerEvent>,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  try {
    for await (const event of events) onEvent(event);
  } catch {
    // The connection has ended, or is not needed any more.
  }
}
