/**
 * A circuit breaker: after several failures in a row a server is left alone for
 * a while, so that nobody waits for what does not answer. Must not know which
 * server it is.
 */

export class CircuitOpen extends Error {
  constructor() {
    super("circuit breaker is open");
  }
}

export type State = "closed" | "half-open" | "open";

const FAILURES = 5;
const OPEN_MS = 2_000;

export class Breaker {
  readonly name: string;
  #failures = 0;
  #openUntil = 0;
  #isTrying = false;
  /** Whether an error says nothing against the server. */
  readonly #isHarmless: (error: unknown) => boolean;

  constructor(name: string, isHarmless = (_error: unknown) => false) {
    this.name = name;
    this.#isHarmless = isHarmless;
  }

  get state(): State {
    if (this.#failures < FAILURES) return "closed";
    return performance.now() < this.#openUntil ? "open" : "half-open";
  }

  /**
   * What `ask` answers. While the breaker is half-open, one caller asks for all.
   *
   * @throws {CircuitOpen} if it was not asked
   */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    const { state } = this;
    if (state === "open" || (state === "half-open" && this.#isTrying)) {
      throw new CircuitOpen();
    }
    this.#isTrying = state === "half-open";
    try {
      const answer = await ask();
      this.#failures = 0;
      return answer;
    } catch (error) {
      if (this.#isHarmless(error)) this.#failures = 0;
      else {
        this.#failures++;
        this.#openUntil = performance.now() + OPEN_MS;
      }
      throw error;
    } finally {
      if (state === "half-open") this.#isTrying = false;
    }
  }
}
