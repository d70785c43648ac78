/**
 * What is on its way to a server that may not be there: a bounded queue, one
 * request at a time, and after a failure a pause that doubles. Never rejects, and
 * makes nobody wait.
 */

/** What became of a request. */
export type Sent =
  | { readonly kind: "taken" }
  /** It would be refused again. */
  | { readonly kind: "refused"; readonly why: string }
  | {
    readonly kind: "failed";
    readonly why: string;
    /** The server asks not to be asked again before so many milliseconds are over. */
    readonly retryAfterMs?: number | undefined;
  };

export interface SendQueueOptions<T> {
  /** Never rejects. An abort of the signal ends it. */
  readonly send: (
    items: readonly T[],
    signal: AbortSignal,
  ) => Promise<Sent>;
  /** Called once for all failures in a row. */
  readonly onFault: (why: string) => void;
  readonly pause?: { readonly firstMs: number; readonly maxMs: number };
}

/** A manager that reloads once a minute fills it in an hour; after that the oldest are dropped. */
export const QUEUE_MAX = 64;
const PAUSE = { firstMs: 5_000, maxMs: 300_000 };

export class SendQueue<T> {
  readonly #options: SendQueueOptions<T>;
  readonly #pause: { readonly firstMs: number; readonly maxMs: number };
  #queue: T[] = [];
  #sending: Promise<void> | undefined;
  #timer: number | undefined;
  #failures = 0;
  #isFaulty = false;
  readonly #end = new AbortController();

  constructor(options: SendQueueOptions<T>) {
    this.#options = options;
    this.#pause = options.pause ?? PAUSE;
  }

  add(item: T): void {
    this.#queue = [...this.#queue, item].slice(-QUEUE_MAX);
    if (this.#timer === undefined) this.#begin();
  }

  /** Sends what is left, for at most `deadlineMs`; nothing is sent after that. */
  async close(deadlineMs: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const deadline = setTimeout(() => this.#end.abort(), deadlineMs);
    await this.#sending;
    // What came while a request was under way is not part of it.
    if (!this.#end.signal.aborted && this.#queue.length > 0) {
      clearTimeout(this.#timer);
      this.#begin();
      await this.#sending;
    }
    clearTimeout(this.#timer);
    clearTimeout(deadline);
    this.#end.abort();
  }

  #begin(): void {
    if (this.#end.signal.aborted) return;
    this.#sending ??= this.#send().finally(() => this.#sending = undefined);
  }

  async #send(): Promise<void> {
    const { signal } = this.#end;
    while (this.#queue.length > 0 && !signal.aborted) {
      const items = this.#queue;
      this.#queue = [];
      const sent = await this.#options.send(items, signal);
      if (sent.kind === "taken") {
        this.#failures = 0;
        this.#isFaulty = false;
        continue;
      }
      if (!this.#isFaulty) this.#options.onFault(sent.why);
      this.#isFaulty = true;
      if (sent.kind === "refused") continue;
      this.#queue = [...items, ...this.#queue].slice(-QUEUE_MAX);
      return this.#sendLater(sent.retryAfterMs);
    }
  }

  #sendLater(atLeastMs = 0): void {
    if (this.#end.signal.aborted) return;
    const { firstMs, maxMs } = this.#pause;
    const ownMs = Math.min(maxMs, firstMs * 2 ** this.#failures++);
    const pauseMs = Math.max(ownMs, atLeastMs);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#begin();
    }, pauseMs);
  }
}
