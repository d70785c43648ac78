/**
 * The clocks of the real system.
 *
 * A child is not to blame for time in which this process did not run: stopped by
 * a signal, frozen with its cgroup, starved of the processor. So limits are
 * counted on a clock that stands still meanwhile, as CLOCK_MONOTONIC does while
 * the machine sleeps. Such time can only be noticed by something that was to
 * happen in it: while anybody attends to the clock, it ticks.
 */

/** Milliseconds on a clock that never goes back; its zero is arbitrary. */
export const monotonicNow = (): number => performance.now();

/** While somebody attends, the event loop is to come by this often: half a percent of a processor. */
const TICK_MS = 50;
/** A pause up to this long is ordinary: garbage collection, another process's turn. */
const PAUSE_MAX_MS = 75;

/** Time in which the event loop did not run, as far as that was noticed. */
let stalledMs = 0;
/** What of it was not taken yet. */
let untakenMs = 0;
/** When the event loop was last known to run. */
let seenAt = 0;
let attending = 0;
let tick: number | undefined;
const listeners: (() => void)[] = [];

/**
 * Milliseconds on a clock that never goes back, and that stands still while the
 * event loop does not run, if somebody attends to it.
 */
export function awakeNow(): number {
  const now = monotonicNow();
  if (attending > 0) {
    const lostMs = Math.max(0, now - seenAt - PAUSE_MAX_MS);
    stalledMs += lostMs;
    untakenMs += lostMs;
    seenAt = now;
  }
  return now - stalledMs;
}

/** Lets the clock tick until the function that is returned is called, once. */
export function attend(): () => void {
  if (attending++ === 0) {
    seenAt = monotonicNow();
    schedule();
  }
  return () => {
    awakeNow();
    attending--;
    if (attending === 0) clearTimeout(tick);
  };
}

/** For how long the event loop did not run since this was last asked. */
export function takeStalled(): number {
  const forMs = untakenMs;
  untakenMs = 0;
  return forMs;
}

/** Calls back soon after the event loop did not run for a while. */
export const onStalled = (listener: () => void): void =>
  void listeners.push(listener);

function schedule(): void {
  tick = setTimeout(() => {
    awakeNow();
    schedule();
    if (untakenMs > 0) { for (const listener of listeners) listener(); }
  }, TICK_MS);
}
