/**
 * Clients that make one request after the other, each on a connection of its
 * own, and count each one that is not answered with 200. Must not know who
 * answers.
 */
import { until } from "../e2e/until.ts";

/** Short, so that requests meet each moment of a restart. */
const PAUSE_MS = 5;

type Counted<Value> = Record<string, Value>;

export interface Report {
  /** By method. */
  readonly requests: Counted<number>;
  /** What came in place of 200, by method. */
  readonly lost: Counted<readonly string[]>;
  readonly worstMs: number;
  /** All of it in one line. */
  readonly told: string;
}

export class Clients {
  readonly #url: string;
  readonly #all: readonly Promise<void>[];
  readonly #requests: Counted<number> = {};
  readonly #lost: Counted<string[]> = {};
  #worstMs = 0;
  #isOver = false;

  /** Begins at once, with a client for each method that is named. */
  constructor(url: string, methods: readonly string[]) {
    this.#url = url;
    for (const method of methods) {
      this.#requests[method] = 0;
      this.#lost[method] = [];
    }
    this.#all = methods.map((method) => this.#ask(method));
  }

  async #ask(method: string): Promise<void> {
    while (!this.#isOver) {
      const beganMs = performance.now();
      const lost = await this.#lostRequest(method);
      this.#requests[method] += 1;
      this.#worstMs = Math.max(this.#worstMs, performance.now() - beganMs);
      if (lost !== undefined) this.#lost[method].push(lost);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #lostRequest(method: string): Promise<string | undefined> {
    try {
      const response = await fetch(this.#url, {
        method,
        headers: { connection: "close" },
        ...(method === "POST" ? { body: "once" } : {}),
      });
      await response.text();
      return response.status === 200 ? undefined : String(response.status);
    } catch (error) {
      // Without the addresses, which differ each time.
      return String(error).split(": ").at(-1);
    }
  }

  /** Resolves when so many more requests have ended, whatever came of them. */
  async more(count: number): Promise<void> {
    const wanted = this.#ended() + count;
    await until(`${wanted} requests`, () => this.#ended() >= wanted);
  }

  #ended(): number {
    return Object.values(this.#requests).reduce((sum, each) => sum + each, 0);
  }

  async end(): Promise<Report> {
    this.#isOver = true;
    await Promise.all(this.#all);
    const counts = Object.keys(this.#requests).map((method) =>
      `${this.#lost[method].length} of ${this.#requests[method]} ${method} lost`
    );
    return {
      requests: this.#requests,
      lost: this.#lost,
      worstMs: this.#worstMs,
      told: [
        ...counts,
        `slowest ${Math.round(this.#worstMs)} ms`,
        ...new Set(Object.values(this.#lost).flat()),
      ].join(", "),
    };
  }
}
