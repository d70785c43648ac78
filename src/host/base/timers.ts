/** The timers of the real system. */
import { attend, awakeNow } from "./clock.ts";

/** Longest delay that a timer takes; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * The runtime counts whole milliseconds and fires up to this much late, mostly 1
 * (measured on Deno 2.7.11). So it is asked to fire this much earlier, and the
 * thread sleeps through what is left then; a signal waits as long.
 */
const LATE_MAX_MS = 2;

export interface TimersOptions<Name> {
  readonly fire: (name: Name) => void;
  /** Those that end what somebody was given time for: time in which we did not run does not count. */
  readonly limits?: ReadonlySet<Name>;
  /**
   * Takes in what has already happened, right before one of `limits` fires. If
   * that sets the timer anew, or disarms it, it does not fire.
   */
  readonly takeIn?: () => void;
}

/** Named one-shot timers, one of each name at most. */
export class Timers<Name extends string> {
  readonly #handles = new Map<Name, number>();
  readonly #options: TimersOptions<Name>;
  #leave: (() => void) | undefined;

  constructor(options: TimersOptions<Name>) {
    this.#options = options;
  }

  /** Arms `name` for `at` on the awake clock, in place of an earlier one; undefined disarms it. */
  set(name: Name, at: number | undefined): void {
    clearTimeout(this.#handles.get(name));
    this.#handles.delete(name);
    if (at !== undefined) this.#arm(name, at);
    this.#attend();
  }

  /** Disarms all. */
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
      // Longer than TIMER_MAX_MS, or we did not run meanwhile.
      if (leftMs > LATE_MAX_MS) return this.#arm(name, at);
      sleep(leftMs);
      this.#handles.delete(name);
      this.#options.fire(name);
      this.#attend();
    }, Math.min(Math.max(0, delayMs), TIMER_MAX_MS));
    this.#handles.set(name, handle);
  }

  /** Attends to the clock while a limit is armed. */
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

/** Sleeps, and the event loop with it; exact to a tenth of a millisecond. */
function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}
