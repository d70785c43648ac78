/** The timers of the real system. */
import { attend, awakeNow } from "./clock.ts";

/**
 * The longest delay that setTimeout takes; with a longer one it would fire at
 * once.
 */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The runtime counts whole milliseconds and fires up to this much late, mostly
 * 1 (measured on Deno 2.7.11). So a timer is set this much earlier, and the
 * thread sleeps for the rest. A signal waits during that sleep.
 */
const LATE_MAX_MS = 2;

export interface TimersOptions<Name> {
  readonly fire: (name: Name) => void;
  /**
   * The timers that are time limits: time in which this process did not run
   * does not count for them.
   */
  readonly limits?: ReadonlySet<Name>;
  /**
   * Handles what has already happened, right before a timer of `limits` fires.
   * If that sets or disarms the timer, it does not fire.
   */
  readonly takeIn?: () => void;
}

/** One-shot timers with names, at most one for each name. */
export class Timers<Name extends string> {
  readonly #handles = new Map<Name, number>();
  readonly #options: TimersOptions<Name>;
  #leave: (() => void) | undefined;

  constructor(options: TimersOptions<Name>) {
    this.#options = options;
  }

  /**
   * Sets the timer `name` to the time `at` of `awakeNow`, in place of an
   * earlier one; undefined disarms it.
   */
  set(name: Name, at: number | undefined): void {
    clearTimeout(this.#handles.get(name));
    this.#handles.delete(name);
    if (at !== undefined) this.#arm(name, at);
    this.#attend();
  }

  /** Disarms all timers. */
  clear(): void {
    for (const handle of this.#handles.values()) clearTimeout(handle);
    this.#handles.clear();
    this.#attend();
  }

  #arm(name: Name, at: number): void {
    const delayMs = Math.floor(at - awakeNow()) - LATE_MAX_MS;
    const handle = setTimeout(() => {
      if (this.#options.limits?.has(name)) {
        this.#options.takeIn?.();
        if (this.#handles.get(name) !== handle) return;
      }
      const leftMs = at - awakeNow();
      // The delay was longer than TIMER_MAX_MS, or this process did not run for
      // a while.
      if (leftMs > LATE_MAX_MS) return this.#arm(name, at);
      sleep(leftMs);
      this.#handles.delete(name);
      this.#options.fire(name);
      this.#attend();
    }, Math.min(Math.max(0, delayMs), TIMER_MAX_MS));
    this.#handles.set(name, handle);
  }

  /** Makes the clock notice pauses while a time limit is set. */
  #attend(): void {
    const { limits } = this.#options;
    const isArmed = limits !== undefined &&
      [...this.#handles.keys()].some((name) => limits.has(name));
    if (isArmed) this.#leave ??= attend();
    else {
      this.#leave?.();
      this.#leave = undefined;
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread and its event loop; exact to a tenth of a millisecond. */
function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}
