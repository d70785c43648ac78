/**
 * Takes one look at a time. A look that is requested during another one follows
 * it; several requests become one look, with the greatest depth and the
 * strongest cause.
 */
import {
  type Cause,
  CAUSES,
  type Depth,
  type Observation,
} from "../../core/vocabulary/observation.ts";
import type {
  Fingerprinter,
  FingerprinterOptions,
  Look,
} from "../fingerprint/fingerprinter.ts";

import { RACY_MS } from "../fingerprint/read_memory.ts";

/**
 * After a look, requests of the poller are ignored for this long for each entry
 * of the look: polling very many files would otherwise keep a processor busy.
 */
const POLL_REST_MS_PER_ENTRY = 2;
const POLL_REST_MAX_MS = 30_000;
/**
 * Doubtful content is read again only after this many times the duration of the
 * look.
 */
const DOUBT_REST = 20;

export interface ObserverOptions {
  /** Makes the fingerprinter with the callbacks that it is given. */
  readonly fingerprinter: (
    options: FingerprinterOptions,
  ) => Pick<Fingerprinter, "look" | "entriesSeen" | "isDoubtful" | "verify">;
  readonly now: () => number;
  /**
   * `startedAt` is the time at which the look began: everything that it has
   * read is at least as new.
   */
  readonly onObserved: (startedAt: number, seen: Observation) => void;
  readonly onError: (error: unknown) => void;
}

interface Wish {
  readonly depth: Depth;
  readonly cause: Cause;
}

/** A queue of at most one look in progress and one request. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #fingerprinter: ReturnType<ObserverOptions["fingerprinter"]>;
  #wish: Wish | undefined;
  #looking = false;
  #restEndsAt = -Infinity;
  #secondLook: number | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#fingerprinter = options.fingerprinter({
      onRead: (look) => this.#tell(look, "timer"),
      onAgain: (depth) => this.look(depth, "timer"),
    });
  }

  /** Requests a look, which begins now or after the present one. */
  look(depth: Depth, cause: Cause): void {
    if (cause === "poll" && this.#options.now() < this.#restEndsAt) return;
    this.#wish = {
      depth: this.#wish?.depth === "content" ? "content" : depth,
      cause: stronger(this.#wish?.cause ?? "timer", cause),
    };
    if (!this.#looking) this.#next();
  }

  /** Reads some of the files again: see `Fingerprinter.verify`. */
  verify(bytes: number): Promise<readonly string[]> {
    return this.#fingerprinter.verify(bytes);
  }

  /** No later look is taken by itself any more. */
  stop(): void {
    clearTimeout(this.#secondLook);
  }

  /** Takes looks until none is requested, or until one has to be awaited. */
  #next(): void {
    while (this.#wish !== undefined) {
      const wish = this.#wish;
      this.#wish = undefined;
      this.#looking = true;
      try {
        const taken = this.#fingerprinter.look(wish.depth);
        if (taken instanceof Promise) return void this.#later(wish, taken);
        // A look that is requested during this call is taken after it.
        this.#tell(taken, wish.cause);
        this.#looking = false;
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  async #later({ cause }: Wish, taken: Promise<Look>): Promise<void> {
    try {
      this.#tell(await taken, cause);
      this.#looking = false;
    } catch (error) {
      this.#fail(error);
    }
    this.#next();
  }

  /**
   * Requests another look: content that was written shortly before it was read
   * has to be read once more, even without an event or a poll.
   */
  #lookLater(tookMs: number): void {
    if (this.#secondLook !== undefined) return;
    this.#secondLook = setTimeout(() => {
      this.#secondLook = undefined;
      this.look("content", "timer");
    }, RACY_MS + DOUBT_REST * Math.max(0, tookMs));
  }

  #fail(error: unknown): void {
    this.#looking = false;
    this.#options.onError(error);
  }

  #tell({ startedAt, ...look }: Look, cause: Cause): void {
    const at = this.#options.now();
    const restMs = this.#fingerprinter.entriesSeen * POLL_REST_MS_PER_ENTRY;
    this.#restEndsAt = at + Math.min(restMs, POLL_REST_MAX_MS);
    if (this.#fingerprinter.isDoubtful) this.#lookLater(at - startedAt);
    this.#options.onObserved(startedAt, { at, cause, ...look });
  }
}

function stronger(a: Cause, b: Cause): Cause {
  return CAUSES.indexOf(a) > CAUSES.indexOf(b) ? a : b;
}
