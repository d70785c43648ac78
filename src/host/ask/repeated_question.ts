/**
 * Asks one question again and again until an answer is enough. Knows neither
 * the question nor how long it may be asked.
 */
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import { limit } from "../base/time_limit.ts";
import type { Answer } from "./probe.ts";

export interface QuestionOptions {
  /**
   * Makes one attempt, and never rejects. The attempt is given up when the
   * signal is aborted.
   */
  readonly ask: (signal: AbortSignal) => Answer | Promise<Answer>;
  /**
   * Called with each answer, in order; returns whether that answer ends the
   * question.
   */
  readonly isEnough: (answer: Answer) => boolean;
  /** From the end of one attempt to the next. */
  readonly intervalMs: number;
}

/**
 * A question that is asked for the first time right after the present turn of
 * the event loop, and repeated until an answer is enough or `end` is called.
 */
export class RepeatedQuestion {
  readonly #options: QuestionOptions;
  /** Aborts the attempt that is under way, or the pause after it. */
  #present = new AbortController();
  /** A request of `askNow` that waits for the answer to its own attempt. */
  #wish: Wish | undefined;
  #isOver = false;

  constructor(options: QuestionOptions) {
    this.#options = options;
    queueMicrotask(() => void this.#askAll());
  }

  /**
   * Asks again at once, in place of an attempt under way. `onNotEnough` is
   * called if that answer is not enough or does not come within `ms`. The
   * question then goes on as before.
   */
  askNow(ms: number, onNotEnough: () => void): void {
    this.#wish?.cancel();
    this.#wish = { onNotEnough, cancel: limit(ms, () => this.#deny()) };
    this.#present.abort();
  }

  /** Ends the question. No answer is passed on afterwards. */
  end(): void {
    this.#isOver = true;
    this.#wish?.cancel();
    this.#present.abort();
  }

  #deny(): void {
    const wish = this.#wish;
    this.#wish = undefined;
    wish?.cancel();
    wish?.onNotEnough();
  }

  async #askAll(): Promise<void> {
    const { ask, isEnough, intervalMs } = this.#options;
    while (!this.#isOver) {
      this.#present = new AbortController();
      const { signal } = this.#present;
      const answer = await ask(signal);
      if (this.#isOver) return;
      // `askNow` needs an answer to an attempt that begins now.
      if (signal.aborted) continue;
      if (isEnough(answer)) return this.end();
      this.#deny();
      try {
        await delay(intervalMs, { signal });
      } catch {
        // `askNow` or `end` has ended the pause early.
      }
    }
  }
}

interface Wish {
  readonly onNotEnough: () => void;
  readonly cancel: () => void;
}
