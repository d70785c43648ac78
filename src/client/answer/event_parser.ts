/** Server-sent events (HTML Standard, 9.2.6), from text that arrives in pieces. Pure. */

export interface ServerEvent {
  /** `message` where the server names none. */
  readonly event: string;
  readonly data: string;
  /** Of the latest event that had one. */
  readonly id: string;
}

/** No event of a manager is larger; what is, is none. */
const EVENT_MAX_CHARS = 4 * 1024 * 1024;

export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #chars = 0;
  #lastId = "";
  #retryMs: number | undefined;

  /** How long the server asks to wait before a new connection. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** The events that end in this text. Throws a RangeError for one that is too large. */
  push(text: string): ServerEvent[] {
    // A CR may be half of a CR LF.
    const all = this.#rest + text;
    const lines = all.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const event = this.#take(line);
      if (event !== undefined) events.push(event);
    }
    if (this.#chars + this.#rest.length > EVENT_MAX_CHARS) {
      throw new RangeError("An event is too large");
    }
    return events;
  }

  #take(line: string): ServerEvent | undefined {
    if (line === "") return this.#dispatch();
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    this.#chars += line.length;
    if (name === "event") this.#event = value ?? "";
    else if (name === "data") this.#data.push(value ?? "");
    else if (name === "id" && !value?.includes("\0")) {
      this.#lastId = value ?? "";
    } else if (name === "retry" && /^\d{1,9}$/.test(value ?? "")) {
      this.#retryMs = Number(value);
    }
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const data = this.#data;
    const event = this.#event || "message";
    this.#data = [];
    this.#event = "";
    this.#chars = 0;
    return data.length === 0
      ? undefined
      : { event, data: data.join("\n"), id: this.#lastId };
  }
}
