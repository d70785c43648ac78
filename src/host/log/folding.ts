/**
 * Folds records that are repeated: the first is passed on at once, those that
 * follow it within a second and with nothing between them are counted. A single
 * repetition is passed on as it is, so that two are always seen as two.
 */
import { repeated } from "../../core/text/manager.ts";
import type { Message } from "../../core/vocabulary/message.ts";

/** How long repetitions are counted, and so how late their count may come. */
export const FOLD_MS = 1_000;

type Pass = (message: Message, time: Date) => void;

export class Folding {
  readonly #pass: Pass;
  /** The record that others may repeat, and when it came. */
  #first: { readonly message: Message; readonly time: Date } | undefined;
  #count = 0;
  #lastTime = new Date(0);
  #timer: number | undefined;

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  push(message: Message, time: Date): void {
    if (this.#isRepeated(message, time)) {
      this.#count++;
      this.#lastTime = time;
      this.#timer ??= setTimeout(() => this.flush(), FOLD_MS);
      return;
    }
    this.flush();
    this.#first = { message, time };
    this.#pass(message, time);
  }

  /** Passes on what was counted. The next record is not folded. */
  flush(): void {
    const count = this.#count;
    const first = this.#first;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#first = undefined;
    this.#count = 0;
    if (first === undefined || count === 0) return;
    const { message } = first;
    this.#pass(
      count === 1 ? message : repeated(message, count),
      this.#lastTime,
    );
  }

  /** The text tells all that the fields do, but the reload. */
  #isRepeated(message: Message, time: Date): boolean {
    if (this.#first === undefined) return false;
    const { message: first, time: since } = this.#first;
    const elapsedMs = time.getTime() - since.getTime();
    return first.text === message.text && first.level === message.level &&
      first.fields.reload_id === message.fields.reload_id &&
      elapsedMs >= 0 && elapsedMs < FOLD_MS;
  }
}
