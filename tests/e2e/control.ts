/**
 * A manager with a control endpoint, and how to ask it: by any client of HTTP, by
 * the subcommands of the executable, and by reading its events. Must not know what
 * is tested.
 */
import { equal } from "node:assert/strict";
import {
  type Answered,
  answered,
  type Asked,
  Client,
  requestOf,
} from "../fixtures/http_client.ts";
import type { Bench, Supervision } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { Lines } from "./lines.ts";
import { POLLS, QUICK } from "./reloads.ts";

/** What a subcommand printed, and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

export async function said(client: Manager): Promise<Said> {
  const code = await client.exitCode();
  const text = ({ entries }: Manager["out"]) =>
    entries.map((line) => line.text).join("\n");
  return { code, out: text(client.out), errors: text(client.log) };
}

/** An event, as it was sent. */
export interface Told {
  readonly id: number;
  readonly kind: string;
  // deno-lint-ignore no-explicit-any -- JSON of several forms, of which each test knows its own.
  readonly data: any;
}

/** The events of a manager, read one after another. */
export class Events implements AsyncDisposable {
  readonly #conn: Deno.Conn;
  readonly #lines: Lines;
  #read = 0;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#lines = new Lines("events", conn.readable);
  }

  /** Resolves when everything that happens from now on is told. */
  static async from(socket: string, lastId?: number): Promise<Events> {
    const client = await Client.to(socket);
    const headers: Record<string, string> = {};
    if (lastId !== undefined) headers["Last-Event-ID"] = String(lastId);
    await client.send(requestOf("/events", { headers }));
    const events = new Events(client.conn);
    await events.#lines.wait("retry: ");
    return events;
  }

  /** The next event. */
  async next(): Promise<Told> {
    const nth = ++this.#read;
    const line = await this.#lines.wait(/^data: /, { nth });
    const at = this.#lines.entries.indexOf(line);
    const [id, kind] = [at - 2, at - 1]
      .map((index) => this.#lines.entries[index]?.text ?? "");
    return {
      id: Number(/^id: (\d+)$/.exec(id)?.[1]),
      kind: kind.replace(/^event: /, ""),
      data: JSON.parse(line.text.slice("data: ".length)),
    };
  }

  /** The first of the next events that is of this kind and fits. */
  async until(
    kind: string,
    fits: (data: Told["data"]) => boolean = () => true,
  ): Promise<Told> {
    for (;;) {
      const told = await this.next();
      if (told.kind === kind && fits(told.data)) return told;
    }
  }

  /** The manager has come to this state. */
  state(to: string): Promise<Told> {
    return this.until("state", (data) => data.to === to);
  }

  /** A reload has ended. */
  ended(): Promise<Told> {
    return this.until("reload", ({ what }) => what === "ended");
  }

  /** A line of the log holds this text. */
  line(text: string): Promise<Told> {
    return this.until("log", ({ message }) => message.includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.close();
    try {
      this.#conn.close();
    } catch {
      // The end of the reading has closed it.
    }
  }
}

/** How to ask the manager that listens at a Unix socket. */
export class Asker {
  readonly path: string;
  readonly #bench: Bench;

  constructor(bench: Bench, path = bench.path("control.sock")) {
    this.#bench = bench;
    this.path = path;
  }

  /** As the option has it. */
  get address(): string {
    return `unix:${this.path}`;
  }

  async request(path: string, asked?: Asked): Promise<Answered> {
    using client = await Client.to(this.path);
    await client.send(requestOf(path, asked));
    return answered(await client.rest());
  }

  get(path: string): Promise<Answered> {
    return this.request(path);
  }

  post(path: string, body?: unknown): Promise<Answered> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.request(path, { method: "POST", body: text });
  }

  // deno-lint-ignore no-explicit-any -- JSON, whose schema is tested.
  async status(query = ""): Promise<any> {
    const { status, body } = await this.get(`/status${query}`);
    equal(status, 200, body);
    return JSON.parse(body);
  }

  /** The value of a metric without labels, or with these. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get("/metrics");
    const line = body.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1));
  }

  events(lastId?: number): Promise<Events> {
    return Events.from(this.path, lastId);
  }

  /** What a subcommand of the executable says. */
  command(...words: readonly string[]): Promise<Said> {
    return said(this.#bench.run([...words, `--control=${this.address}`]));
  }
}

/** A manager on app.conf, which holds "first", with a control socket. */
export async function controlled(
  bench: Bench,
  options: readonly string[] = [],
  supervision: Omit<Supervision, "config" | "options"> = {},
): Promise<{ file: string; manager: Manager; asker: Asker }> {
  const asker = new Asker(bench);
  const running = await bench.onFile({
    ...supervision,
    options: [QUICK, POLLS, `--control=${asker.address}`, ...options],
  });
  return { ...running, asker };
}
