/** The events of a manager, as they come, over as many connections as it takes. */
import type { Answer, Connection } from "./connection.ts";
import { EventParser, type ServerEvent } from "./answer/event_parser.ts";
import type { Incoming } from "./http_exchange.ts";
import { NoAnswer } from "./no_answer.ts";

/** A manager sends at least a heartbeat every 15 seconds; three of them are not lost. */
const SILENCE_MS = 45_000;

/** An answer that is no stream; the caller says what it means. */
export class NoStream extends Error {
  constructor(readonly answer: Answer) {
    super("no stream");
  }
}

export class EventStream {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  #lastId: string | undefined;
  #retryMs: number | undefined;

  constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** How long the manager asks to wait before a new connection; undefined until it has. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /**
   * The events that follow the last one that was read, until the connection ends.
   * Returns when a first answer is there. Throws a NoAnswer or NoStream.
   */
  async open(): Promise<AsyncIterableIterator<ServerEvent>> {
    const answer = await this.#connection.open(
      "/events",
      this.#lastId === undefined ? {} : { "Last-Event-ID": this.#lastId },
      this.#signal,
    );
    const type = answer.headers.get("content-type") ?? "";
    if (answer.status !== 200 || !type.startsWith("text/event-stream")) {
      throw new NoStream({
        status: answer.status,
        body: await beginningOf(answer),
      });
    }
    return this.#read(answer);
  }

  async *#read(
    answer: Incoming,
  ): AsyncIterableIterator<ServerEvent> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    let timer = setTimeout(answer.close, SILENCE_MS);
    try {
      for await (const bytes of answer.content) {
        clearTimeout(timer);
        timer = setTimeout(answer.close, SILENCE_MS);
        const events = parser.push(decoder.decode(bytes, { stream: true }));
        this.#retryMs = parser.retryMs ?? this.#retryMs;
        for (const event of events) {
          if (event.id !== "") this.#lastId = event.id;
          yield event;
        }
      }
    } catch (error) {
      // A connection that breaks ends the events of this one, no more.
      if (error instanceof NoAnswer || this.#signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

const BEGINNING_CHARS = 2_000;

/** Of an answer that is no stream; empty where it breaks. */
async function beginningOf(answer: Incoming): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of answer.content) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length > BEGINNING_CHARS) break;
    }
  } catch {
    return "";
  }
  return text;
}
