/**
 * Takes one look at a time. A look that is asked for while another is under way
 * follows it; several wishes become one look of the greatest depth and with the
 * strongest cause.
 */
import { lendThread } from "../descriptor/input_wait.ts";
import {
  type Cause,
  CAUSES,
  type Observation,
} from "../../core/vocabulary/observation.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { Fingerprinter } from "../files/fingerprinter.ts";

type Depth = Observation["depth"];

/**
 * For how long after a look the poller's wishes are not granted, for each file
 * that was looked at: a poll of very many files would keep a processor busy.
 */
const POLL_REST_MS_PER_FILE = 2;
const POLL_REST_MAX_MS = 30_000;

export interface ObserverOptions {
  readonly fingerprinter: Pick<Fingerprinter, "look" | "filesSeen">;
  readonly now: () => number;
  /** `startedAt` is when the look began: it saw nothing older. */
  readonly onObserved: (startedAt: number, seen: Observation) => void;
  readonly onError: (error: unknown) => void;
}

interface Wish {
  readonly depth: Depth;
  readonly cause: Cause;
}

/** A queue of at most one look in progress and one wish. */
export class Observer {
  readonly #options: ObserverOptions;
  #wish: Wish | undefined;
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
    if (!this.#looking) this.#next();
  }

  /** Takes looks until none is wished for, or one has to be waited for. */
  #next(): void {
    while (this.#wish !== undefined) {
      const wish = this.#wish;
      this.#wish = undefined;
      this.#looking = true;
      try {
        const startedAt = this.#options.now();
        const taken = this.#options.fingerprinter.look(wish.depth);
        if (taken instanceof Promise) {
          return void this.#later(wish, startedAt, taken);
        }
        this.#tell(wish, startedAt, taken);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  async #later(
    wish: Wish,
    startedAt: number,
    taken: Promise<Fingerprint>,
  ): Promise<void> {
    try {
      this.#tell(wish, startedAt, await lendThread(taken));
    } catch (error) {
      this.#fail(error);
    }
    this.#next();
  }

  #fail(error: unknown): void {
    this.#looking = false;
    this.#options.onError(error);
  }

  #tell(wish: Wish, startedAt: number, fingerprint: Fingerprint): void {
    const at = this.#options.now();
    const restMs = this.#options.fingerprinter.filesSeen *
      POLL_REST_MS_PER_FILE;
    this.#restEndsAt = at + Math.min(restMs, POLL_REST_MAX_MS);
    // A look that is asked for meanwhile is a wish: it is taken after this.
    this.#options.onObserved(startedAt, { at, fingerprint, ...wish });
    this.#looking = false;
  }
}

function stronger(a: Cause, b: Cause): Cause {
  return CAUSES.indexOf(a) > CAUSES.indexOf(b) ? a : b;
}
