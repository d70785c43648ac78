/**
 * What happens, as server-sent events (HTML Standard, 9.2): the last ones are
 * kept, so that a reader that was away gets what it missed.
 */
import type { Sink } from "../server/answer.ts";
import type { Limits } from "../server/limits.ts";

/** What a reader is told about. */
export type EventKind = "state" | "reload" | "hold" | "log";

const EVENTS_MAX = 1_000;
/** Of all kept events together: lines of the log may be long. */
const CHARS_MAX = 512 * 1024;
/** A reader whose connection ended comes back after this long. */
const RETRY_MS = 2_000;

/** Before the data of an event, which are one line. */
const DATA = "\ndata: ";

const encoder = new TextEncoder();

/** The id of an event, and its text as it is sent. */
interface Kept {
  readonly id: number;
  readonly text: string;
}

/** The last events, in order. */
class Ring {
  readonly kept: Kept[] = [];
  #chars = 0;

  add(event: Kept): void {
    this.kept.push(event);
    this.#chars += event.text.length;
    while (this.kept.length > EVENTS_MAX || this.#chars > CHARS_MAX) {
      this.#chars -= this.kept.shift()?.text.length ?? 0;
    }
  }
}

export class EventLog {
  readonly #limits: Pick<Limits, "heartbeatMs" | "unsentBytes">;
  readonly #events = new Ring();
  /** Other events do not drive them out. */
  readonly #lines = new Ring();
  readonly #readers = new Set<Reader>();
  #nextId: number;

  /**
   * @param firstId rises from one manager to the next, as the time of the start
   * does: so a reader that was connected to the one before learns that it missed
   * something
   */
  constructor(
    firstId: number,
    limits: Pick<Limits, "heartbeatMs" | "unsentBytes">,
  ) {
    this.#nextId = firstId;
    this.#limits = limits;
  }

  /** Tells all readers; never waits for one. */
  add(kind: EventKind, data: unknown): void {
    const id = this.#nextId++;
    const kept = { id, text: format(kind, data, id) };
    this.#events.add(kept);
    if (kind === "log") this.#lines.add(kept);
    for (const reader of this.#readers) reader.push(kept.text);
  }

  /** The data of the last lines of the log, as JSON, one a line. */
  lines(): string {
    return this.#lines.kept
      .map(({ text }) =>
        `${text.slice(text.indexOf(DATA) + DATA.length, -2)}\n`
      )
      .join("");
  }

  /** Sends what follows the event of that id, and then what happens, until the reader has gone or is too slow. */
  async send(sink: Sink, lastId: number | undefined): Promise<void> {
    const reader = new Reader(sink, this.#limits);
    reader.push(`retry: ${RETRY_MS}\n\n`);
    if (lastId !== undefined) this.#resume(reader, lastId);
    this.#readers.add(reader);
    try {
      await reader.run();
    } finally {
      this.#readers.delete(reader);
    }
  }

  /** Nothing more happens: all readers are let go. */
  close(): void {
    for (const reader of this.#readers) reader.end();
  }

  #resume(reader: Reader, lastId: number): void {
    const oldest = this.#events.kept[0]?.id ?? this.#nextId;
    if (lastId < oldest - 1 || lastId >= this.#nextId) {
      const data = { last_event_id: lastId, oldest_id: oldest };
      reader.push(format("gap", data));
    }
    const missed = this.#events.kept.filter(({ id }) =>
      id > lastId || lastId >= this.#nextId
    );
    for (const { text } of missed) reader.pushKept(text);
  }
}

/** JSON has no newline, so the data are one line. */
function format(
  kind: EventKind | "gap" | "dropped",
  data: unknown,
  id?: number,
): string {
  const line = id === undefined ? "" : `id: ${id}\n`;
  return `${line}event: ${kind}${DATA}${JSON.stringify(data)}\n\n`;
}

/** One connection that reads events. */
class Reader {
  readonly #sink: Sink;
  readonly #limits: Pick<Limits, "heartbeatMs" | "unsentBytes">;
  /** Not given to the connection yet. */
  #unsent: string[] = [];
  #unsentChars = 0;
  #isEnding = false;
  #wake = Promise.withResolvers<void>();

  constructor(
    sink: Sink,
    limits: Pick<Limits, "heartbeatMs" | "unsentBytes">,
  ) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** One that has too much unsent is told that it is dropped, as the last thing. */
  push(text: string): void {
    if (this.#isEnding) return;
    this.#unsentChars += text.length;
    if (this.#unsentChars > this.#limits.unsentBytes) {
      const bytes = this.#unsentChars;
      this.#unsent = [format("dropped", { unsent_bytes: bytes })];
      this.end();
    } else {
      this.#unsent.push(text);
      this.#wake.resolve();
    }
  }

  /** What was kept for it may be more than a slow reader may have unsent. */
  pushKept(text: string): void {
    this.#unsent.push(text);
  }

  end(): void {
    this.#isEnding = true;
    this.#wake.resolve();
  }

  async run(): Promise<void> {
    let isGone = false;
    void this.#sink.gone.then(() => {
      isGone = true;
      this.end();
    });
    const beat = setInterval(() => this.#beat(), this.#limits.heartbeatMs);
    try {
      while (!isGone && (this.#unsent.length > 0 || !this.#isEnding)) {
        await this.#sendSome();
      }
    } finally {
      clearInterval(beat);
    }
  }

  /** So that both sides, and proxies between them, notice a connection that is dead. */
  #beat(): void {
    if (this.#unsent.length === 0) this.push(": heartbeat\n\n");
  }

  async #sendSome(): Promise<void> {
    if (this.#unsent.length === 0) await this.#wake.promise;
    this.#wake = Promise.withResolvers();
    const text = this.#unsent.join("");
    this.#unsent = [];
    this.#unsentChars = 0;
    if (text !== "") await this.#sink.write(encoder.encode(text));
  }
}
