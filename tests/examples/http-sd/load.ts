/** Clients that ask one URL without a pause, each request on a connection of its own. */

const CLIENTS = 2;
/** So much that requests overlap each change, and not so much that tests beside this one wait. */
const PAUSE_MS = 5;

/** What came of it. */
export interface LoadReport {
  readonly requests: number;
  /** What was answered, or went wrong, in place of 200 and a list. */
  readonly lost: readonly string[];
  readonly worstMs: number;
}

export class Load {
  readonly #url: string;
  readonly #clients: readonly Promise<void>[];
  readonly #lost: string[] = [];
  #requests = 0;
  #worstMs = 0;
  #isOver = false;

  /** Begins at once. */
  constructor(url: string) {
    this.#url = url;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#ask());
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const began = performance.now();
      const lost = await this.#lostRequest();
      this.#requests += 1;
      this.#worstMs = Math.max(this.#worstMs, performance.now() - began);
      if (lost !== undefined) this.#lost.push(lost);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #lostRequest(): Promise<string | undefined> {
    try {
      const response = await fetch(this.#url, {
        headers: { connection: "close" },
      });
      const text = await response.text();
      return response.status === 200 && text.startsWith("[{")
        ? undefined
        : `${response.status} ${text}`;
    } catch (error) {
      return String(error);
    }
  }

  async end(): Promise<LoadReport> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return {
      requests: this.#requests,
      lost: this.#lost,
      worstMs: this.#worstMs,
    };
  }
}
