/**
 * Clients that write and read, and remember what was acknowledged to them. Each
 * has keys of its own: some it writes once, in others it counts up, so that a
 * lost write can be told from one that came later. Must not know what goes on meanwhile.
 */
import { pause, until } from "../../e2e/until.ts";
import type { CacheBench } from "./cache_bench.ts";

const CLIENTS = 8;
const KEYS_A_CLIENT = 5;
/** Longer than the service waits for a server. */
const REQUEST_MS = 20_000;
const AFTER_FAILURE_MS = 20;

interface Key {
  /** The last number that was sent, and the last that was acknowledged. */
  sent: number;
  acknowledged: number;
}

export class Load implements AsyncDisposable {
  readonly keys = new Map<string, Key>();
  acknowledged = 0;
  refused = 0;
  /** Connections that broke, and answers that did not come. */
  broken = 0;
  reads = 0;
  /** Reads that gave less than what had been acknowledged before. */
  stale = 0;
  readonly #cache: CacheBench;
  readonly #clients: Promise<unknown>;
  #isOver = false;

  constructor(cache: CacheBench) {
    this.#cache = cache;
    this.#clients = Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => this.#run(client)),
    );
  }

  /** Waits for so many further acknowledgements. */
  async goesOn(count: number): Promise<void> {
    const aim = this.acknowledged + count;
    await until(
      `${count} more acknowledged writes`,
      () => this.acknowledged >= aim,
    );
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#clients;
  }

  /** The acknowledged writes whose number, or a later one, is not in `rows`. */
  lostIn(rows: Readonly<Record<string, number>>): readonly string[] {
    return [...this.keys].filter(([key, { acknowledged, sent }]) => {
      const there = rows[key] ?? 0;
      return there < acknowledged || there > sent;
    }).map(([key, { acknowledged, sent }]) =>
      `${key}: ${rows[key]} of ${acknowledged}..${sent}`
    );
  }

  get summary(): string {
    const { acknowledged, refused, broken, reads, stale } = this;
    return `${acknowledged} writes acknowledged, ${refused} refused, ${broken} connections broken, ${reads} reads, ${stale} of them stale`;
  }

  async #run(client: number): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      // A key that is written again would hide that a write was lost.
      const name = turn % 3 === 0
        ? `once-${client}-${turn}`
        : `client-${client}-${turn % KEYS_A_CLIENT}`;
      const key = this.keys.get(name) ?? { sent: 0, acknowledged: 0 };
      this.keys.set(name, key);
      try {
        if (turn % 3 === 2) await this.#read(name, key);
        else await this.#write(name, key);
      } catch {
        this.broken++;
        await pause(AFTER_FAILURE_MS);
      }
    }
  }

  async #write(name: string, key: Key): Promise<void> {
    const n = ++key.sent;
    const { status } = await this.#ask(name, {
      method: "PUT",
      body: JSON.stringify({ value: { n } }),
    });
    if (status === 200 || status === 201) {
      key.acknowledged = n;
      this.acknowledged++;
    } else {
      this.refused++;
      await pause(AFTER_FAILURE_MS);
    }
  }

  async #read(name: string, { acknowledged }: Key): Promise<void> {
    const { status, text } = await this.#ask(name, { method: "GET" });
    if (status !== 200) {
      // Nothing there is an answer too.
      if (status === 404 && acknowledged > 0) this.stale++;
      return;
    }
    this.reads++;
    if (JSON.parse(text).value.n < acknowledged) this.stale++;
  }

  async #ask(
    name: string,
    init: RequestInit,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const port = this.#cache.place.port(8080);
    const response = await fetch(`http://127.0.0.1:${port}/v1/cache/${name}`, {
      ...init,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    return { status: response.status, text: await response.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
