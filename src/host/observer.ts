/**
 * Takes one look at a time. A look that is asked for while another is under way
 * follows it; several wishes become one look of the greatest depth and with the
 * strongest cause.
 */
import { type Cause, CAUSES, type Observation } from "../core/observation.ts";
import type { Fingerprint } from "../core/fingerprint.ts";

type Depth = Observation["depth"];

export interface ObserverOptions {
  readonly take: (depth: Depth) => Promise<Fingerprint>;
  readonly now: () => number;
  /** For how long after a look the poller's wishes are not granted. */
  readonly pollRestMs: () => number;
  /** `startedAt` is when the look began: it saw nothing older. */
  readonly onObserved: (startedAt: number, seen: Observation) => void;
  readonly onError: (error: unknown) => void;
}

/** A queue of at most one look in progress and one wish. */
export class Observer {
  readonly #options: ObserverOptions;
  #wish: { depth: Depth; cause: Cause } | undefined;
  #looking = false;
  #restEndsAt = -Infinity;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Asks for a look that begins now or when the present one is done. */
  look(depth: Depth, cause: Cause): void {
    if (cause === "poll" && this.#options.now() < this.#restEndsAt) return;
    this.#wish = {
      depth: this.#wish?.depth === "content" ? "content" : depth,
      cause: stronger(this.#wish?.cause ?? "timer", cause),
    };
    if (!this.#looking) void this.#run();
  }

  async #run(): Promise<void> {
    this.#looking = true;
    try {
      while (this.#wish !== undefined) {
        const { depth, cause } = this.#wish;
        this.#wish = undefined;
        const startedAt = this.#options.now();
        const fingerprint = await this.#options.take(depth);
        const at = this.#options.now();
        this.#restEndsAt = at + this.#options.pollRestMs();
        this.#options.onObserved(startedAt, { at, fingerprint, depth, cause });
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#looking = false;
    }
  }
}

function stronger(a: Cause, b: Cause): Cause {
  return CAUSES.indexOf(a) > CAUSES.indexOf(b) ? a : b;
}
