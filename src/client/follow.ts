/** The subcommand events: a line each, until somebody ends it. */
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import { EventStream, NoStream } from "./event_stream.ts";
import { type Exchange, refusedBy } from "./exchange.ts";
import { NoAnswer } from "./no_answer.ts";
import { screenOf } from "./questions.ts";
import { eventJson, eventLine } from "./text/event_text.ts";

/** Where the manager names no pause. */
const RETRY_MS = 2_000;

/**
 * A connection that breaks is made again, from the event after the last one. Throws
 * a NoAnswer at once if there is no manager at first, and when it was away for
 * `--timeout`. Never returns otherwise: the user interrupts it.
 */
export async function follow(exchange: Exchange): Promise<never> {
  const { connection, interrupted, call } = exchange;
  const stream = new EventStream(connection, interrupted);
  let awaySince: number | undefined;
  for (let isFirst = true;; isFirst = false) {
    try {
      const events = await opened(exchange, stream);
      awaySince = undefined;
      await print(exchange, events);
    } catch (error) {
      if (isFirst || !(error instanceof NoAnswer)) throw error;
      awaySince ??= performance.now();
      if (performance.now() - awaySince > call.timeoutMs) throw error;
    }
    await delay(stream.retryMs ?? RETRY_MS, { signal: interrupted });
  }
}

type Events = Awaited<ReturnType<EventStream["open"]>>;

async function opened(
  exchange: Exchange,
  stream: EventStream,
): Promise<Events> {
  try {
    return await stream.open();
  } catch (error) {
    throw error instanceof NoStream ? refusedBy(exchange, error.answer) : error;
  }
}

async function print(
  { call, terminal }: Exchange,
  events: Events,
): Promise<void> {
  for await (const event of events) {
    const line = call.output === "json"
      ? eventJson(event)
      : eventLine(event, screenOf(terminal).style);
    await terminal.write(`${line}\n`);
  }
}
