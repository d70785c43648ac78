/** Writes that came from the queue and wait to be persisted, taken in batches. */
import type { JsMsg } from "./stream.ts";

export class Inbox {
  /** By sequence: one that is delivered again takes the place of the first. */
  readonly #messages = new Map<number, JsMsg>();
  #notify = () => {};
  #hurry = () => {};

  add(message: JsMsg): void {
    this.#messages.set(message.seq, message);
    this.#notify();
  }

  /**
   * The next batch: up to `size`, as soon as so many are there, or `timeoutMs`
   * after the first. Empty when it is aborted; then the rest stays.
   */
  async take(
    size: () => number,
    timeoutMs: () => number,
    signal: AbortSignal,
  ): Promise<readonly JsMsg[]> {
    await this.#until(1, undefined, signal);
    await this.#until(size(), timeoutMs(), signal);
    if (signal.aborted) return [];
    return this.#shift(size());
  }

  /** The batch that is waited for is taken now, however small. */
  hurry(): void {
    this.#hurry();
  }

  /** All that is there. */
  rest(): readonly JsMsg[] {
    return this.#shift(Infinity);
  }

  #shift(size: number): readonly JsMsg[] {
    const batch = [...this.#messages].slice(0, size);
    for (const [sequence] of batch) this.#messages.delete(sequence);
    return batch.map(([, message]) => message);
  }

  async #until(
    size: number,
    timeoutMs: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted || this.#messages.size >= size) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = timeoutMs === undefined
      ? undefined
      : setTimeout(resolve, timeoutMs);
    this.#notify = () => {
      if (this.#messages.size >= size) resolve();
    };
    const stop = () => resolve();
    if (timeoutMs !== undefined) this.#hurry = stop;
    signal.addEventListener("abort", stop);
    await promise;
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    this.#notify = this.#hurry = () => {};
  }
}
