/**
 * A client that asks a service for an answer every few milliseconds and
 * remembers what it got: the demo's witness. Must not know why answers change.
 */
// @ts-types="../../types/std_async_deadline.d.ts"
import { deadline } from "@std/async/deadline";
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";

const INTERVAL_MS = 5;
/** A machine that does much else may be slow; that alone loses nothing. */
const ANSWER_TIMEOUT_MS = 20_000;

/** One request: when it ended, and the answer if there was one. */
export interface Sample<T> {
  readonly at: number;
  readonly answer: T | undefined;
}

/** Polls from construction until it is disposed of. */
export class Client<T extends object> implements AsyncDisposable {
  readonly samples: Sample<T>[] = [];
  readonly #url: string;
  /** A connection a request, as a new user of the service would make. */
  readonly #http = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  readonly #stop = new AbortController();
  readonly #polling: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(url: string) {
    this.#url = url;
    this.#polling = this.#poll();
  }

  /**
   * Resolves to the first answer for which `isWanted` holds, of those that came
   * after the first `since` samples, once `count` of them have come.
   *
   * @throws {DOMException} TimeoutError after `timeoutMs`
   */
  until(
    since: number,
    isWanted: (answer: T) => boolean,
    count: number,
    timeoutMs: number,
  ): Promise<T> {
    const search = async () => {
      for (;;) {
        const found = this.samples.slice(since)
          .flatMap(({ answer }) => answer ?? [])
          .filter(isWanted);
        if (found.length >= count) return found[0];
        await new Promise<void>((next) => this.#waiting.push(next));
      }
    };
    return deadline(search(), timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    this.#http.close();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const answer = await this.#ask();
      this.samples.push({ at: performance.now(), answer });
      for (const wake of this.#waiting.splice(0)) wake();
      await delay(INTERVAL_MS, { signal }).catch(() => {});
    }
  }

  async #ask(): Promise<T | undefined> {
    try {
      const response = await fetch(this.#url, {
        client: this.#http,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      return await response.json();
    } catch {
      // Refused, or cut off: that there is no answer is what counts.
      return undefined;
    }
  }
}
