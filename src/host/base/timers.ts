/** The timers of the real system. */
import { monotonicNow } from "./clock.ts";

/** Longest delay that a timer takes; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

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
    // A timer counts whole milliseconds and may fire a fraction early.
    const delayMs = Math.ceil(Math.max(0, at - monotonicNow()));
    const handle = setTimeout(() => {
      this.#handles.delete(name);
      this.#fire(name);
    }, Math.min(delayMs, TIMER_MAX_MS));
    this.#handles.set(name, handle);
  }

  /** Disarms all. */
  clear(): void {
    for (const handle of this.#handles.values()) clearTimeout(handle);
    this.#handles.clear();
  }
}
