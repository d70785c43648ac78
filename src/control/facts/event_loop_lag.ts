/**
 * How late the event loop is at most: the longest delay of a timer that is set
 * again and again. A delay that lies between two ticks is seen in part, so what
 * is told is a lower bound. Runs only while somebody wants to know.
 */
import { monotonicNow } from "../../host/base/clock.ts";

export const TICK_MS = 250;
/** A delay is remembered for one to two of these, so that every scraper sees it, not only the first. */
export const WINDOW_MS = 60_000;

/** The longest delay of late, by a clock that its caller reads. */
export class LagWindow {
  #dueAt: number;
  #windowEndsAt: number;
  #longestMs = 0;
  #longestBeforeMs = 0;

  constructor(now: number) {
    this.#dueAt = now + TICK_MS;
    this.#windowEndsAt = now + WINDOW_MS;
  }

  /** The tick has come; the next one is due after TICK_MS. */
  tick(now: number): void {
    this.#note(now);
    this.#dueAt = now + TICK_MS;
    if (now < this.#windowEndsAt) return;
    this.#longestBeforeMs = this.#longestMs;
    this.#longestMs = 0;
    this.#windowEndsAt = now + WINDOW_MS;
  }

  /** Also of a tick that is late now. */
  longestMs(now: number): number {
    this.#note(now);
    return Math.max(this.#longestMs, this.#longestBeforeMs);
  }

  #note(now: number): void {
    this.#longestMs = Math.max(this.#longestMs, now - this.#dueAt);
  }
}

export interface EventLoopLag {
  readonly longestS: () => number;
  readonly stop: () => void;
}

/** Begins to measure the event loop of this thread. */
export function measureLag(): EventLoopLag {
  const lag = new LagWindow(monotonicNow());
  const timer = setInterval(() => lag.tick(monotonicNow()), TICK_MS);
  // To measure is no reason to go on.
  Deno.unrefTimer(timer);
  return {
    longestS: () => lag.longestMs(monotonicNow()) / 1_000,
    stop: () => clearInterval(timer),
  };
}
