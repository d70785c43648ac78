/** The timers of the real system. */
import { monotonicNow } from "./clock.ts";

/** Longest delay that a timer takes; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The runtime counts whole milliseconds and fires up to this much late, mostly 1
 * (measured on Deno 2.7.11). So it is asked to fire this much earlier, and the
 * thread sleeps through what is left then; a signal waits as long.
 */
const LATE_MAX_MS = 2;

/** Named one-shot timers, one of each name at most. */
export class Timers<Name extends string> {
  readonly #handles = new Map<Name, number>();
  readonly #fire: (name: Name) => void;

  constructor(fire: (name: Name) => void) {
    this.#fire = fire;
  }

  /** Arms `name` for `at` on the monotonic clock, in place of an earlier one; undefined disarms it. */
  set(name: Name, at: number | undefined): void {
    clearTimeout(this.#handles.get(name));
    this.#handles.delete(name);
    if (at === undefined) return;
    const delayMs = Math.floor(at - monotonicNow()) - LATE_MAX_MS;
    const handle = setTimeout(() => {
      const leftMs = at - monotonicNow();
      // Longer than TIMER_MAX_MS.
      if (leftMs > LATE_MAX_MS) return this.set(name, at);
      sleep(leftMs);
      this.#handles.delete(name);
      this.#fire(name);
    }, Math.min(Math.max(0, delayMs), TIMER_MAX_MS));
    this.#handles.set(name, handle);
  }

  /** Disarms all. */
  clear(): void {
    for (const handle of this.#handles.values()) clearTimeout(handle);
    this.#handles.clear();
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps, and the event loop with it; exact to a tenth of a millisecond. */
function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}
