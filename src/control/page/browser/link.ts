/// <reference lib="dom" />
/**
 * The connection of the page to its manager. Events are read with fetch and not
 * with EventSource, which can send neither a token nor the id that asks for what
 * happened before. They only tell that something has happened: what is shown
 * comes from the answers to GET requests.
 */
import {
  EventParser,
  type ServerEvent,
} from "../../../client/answer/event_parser.ts";
import type { Link } from "./words.ts";

export interface LinkHooks {
  /** Something may have changed. */
  readonly onChange: () => void;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onLink: (link: Link) => void;
  /** The token is missing or wrong: nothing is asked for until there is another one. */
  readonly onDenied: (message: string) => void;
}

/** An answer of the manager. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

const ANSWER_MS = 10_000;
/** A manager sends a heartbeat every 15 s. */
const SILENCE_MS = 40_000;
const RETRY_MS = 2_000;

export class Connection {
  readonly #hooks: LinkHooks;
  #token = "";
  /** 0 is before the first one, so that all that is kept is sent. */
  #lastId = "0";
  #isStreaming = false;
  #hasListened = false;
  #hasAnswered = true;
  /** Since when no events are heard. */
  #deafSince = Date.now();
  /** Since when nothing is answered. */
  #lostSince = Date.now();
  #isDenied = false;
  #link: Link = { kind: "connecting" };

  constructor(hooks: LinkHooks) {
    this.#hooks = hooks;
  }

  get isDenied(): boolean {
    return this.#isDenied;
  }

  get isStreaming(): boolean {
    return this.#isStreaming;
  }

  /** It is kept in this object alone, and gone with the page. */
  set token(token: string) {
    this.#token = token;
    this.#isDenied = false;
  }

  /** Undefined where the manager was not reached, or has refused the token. */
  async ask(path: string, init: RequestInit = {}): Promise<Answer | undefined> {
    const answer = await this.#fetch(path, init);
    this.#heard(answer !== undefined && isOwn(path, answer));
    return answer?.status === 401 ? undefined : answer;
  }

  async #fetch(path: string, init: RequestInit): Promise<Answer | undefined> {
    try {
      const response = await fetch(path, {
        ...init,
        headers: { ...this.#authorization() },
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      if (response.status === 401) this.#deny(text);
      return { status: response.status, text };
    } catch {
      return undefined;
    }
  }

  #authorization(): Record<string, string> {
    return this.#token === "" ? {} : { Authorization: `Bearer ${this.#token}` };
  }

  #deny(text: string): void {
    this.#isDenied = true;
    this.#tell({ kind: "denied" });
    this.#hooks.onDenied(this.#token === "" ? "" : messageOf(text));
  }

  /** Reads events for as long as the page is there. */
  async listen(): Promise<never> {
    for (;;) {
      if (!this.#isDenied) await this.#readEvents();
      this.#setStreaming(false);
      this.#hasListened = true;
      this.#tellLink();
      await pause(RETRY_MS);
    }
  }

  async #readEvents(): Promise<void> {
    const stop = new AbortController();
    let silence = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const { status, body } = await fetch("/events", {
        headers: { ...this.#authorization(), "Last-Event-ID": this.#lastId },
        cache: "no-store",
        credentials: "omit",
        signal: stop.signal,
      });
      if (status !== 200 || body === null) return;
      this.#setStreaming(true);
      this.#hooks.onChange();
      const parser = new EventParser();
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => stop.abort(), SILENCE_MS);
        const { done, value } = await reader.read();
        if (done) return;
        for (const event of parser.push(value)) this.#take(event);
      }
    } catch {
      // Whatever has ended it, it is begun again.
    } finally {
      clearTimeout(silence);
      stop.abort();
    }
  }

  #take(event: ServerEvent): void {
    if (event.id !== "") this.#lastId = event.id;
    this.#hooks.onEvent(event);
  }

  #setStreaming(isStreaming: boolean): void {
    if (isStreaming === this.#isStreaming) return;
    this.#isStreaming = isStreaming;
    if (isStreaming) this.#hasAnswered = true;
    else this.#deafSince = Date.now();
    this.#tellLink();
  }

  #heard(hasAnswered: boolean): void {
    if (!hasAnswered && this.#isStreaming) return;
    if (!hasAnswered && this.#hasAnswered) this.#lostSince = Date.now();
    this.#hasAnswered = hasAnswered;
    this.#tellLink();
  }

  #tellLink(): void {
    if (this.#isDenied) return;
    if (this.#isStreaming) return this.#tell({ kind: "live" });
    if (!this.#hasAnswered) {
      this.#tell({ kind: "lost", since: this.#lostSince });
    } else if (this.#hasListened) {
      this.#tell({ kind: "polling", since: this.#deafSince });
    }
  }

  #tell(link: Link): void {
    if (JSON.stringify(link) === JSON.stringify(this.#link)) return;
    this.#link = link;
    this.#hooks.onLink(link);
  }
}

/** What a proxy says in place of the manager is no answer; of the manager, /health may be 503. */
const isOwn = (path: string, { status }: Answer): boolean =>
  status < 500 || (path === "/health" && status === 503);

export const pause = (ms: number): Promise<void> =>
  new Promise((done) => setTimeout(done, ms));

/** The sentence in an answer that refuses something; the text itself where there is none. */
export function messageOf(text: string): string {
  try {
    const { message }: { message?: unknown } = JSON.parse(text);
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
