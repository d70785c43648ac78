/**
 * The clocks of the real system.
 *
 * A child must not be blamed for time in which this process did not run,
 * because it was stopped by a signal, frozen with its cgroup, or got no
 * processor time. So time limits are counted on a clock that stands still
 * during such a pause, as CLOCK_MONOTONIC does while the machine sleeps. A
 * pause is noticed by a timer that fires late: the timer runs while a caller of
 * `attend` needs this clock.
 */

/** Milliseconds on a clock that never goes back; its zero is arbitrary. */
export const monotonicNow = (): number => performance.now();

/** The interval of that timer. It costs half a percent of a processor. */
const TICK_MS = 50;
/**
 * A pause up to this long is ordinary: garbage collection, or the turn of
 * another process.
 */
const PAUSE_MAX_MS = 75;

/** The total of all noticed pauses of the event loop. */
let stalledMs = 0;
/** The part of it that `takeStalled` has not returned yet. */
let untakenMs = 0;
/** When the event loop was last known to run. */
let seenAt = 0;
let attending = 0;
let tick: number | undefined;
const listeners: (() => void)[] = [];

/**
 * Milliseconds on a clock that never goes back. It stands still while the event
 * loop does not run, if `attend` was called before.
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

/** Starts to notice pauses. Call the returned function once to stop that. */
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

/** For how many milliseconds the event loop did not run since the last call. */
export function takeStalled(): number {
  const forMs = untakenMs;
  untakenMs = 0;
  return forMs;
}

/** Calls `listener` soon after each pause of the event loop. */
export const onStalled = (listener: () => void): void =>
  void listeners.push(listener);

function schedule(): void {
  tick = setTimeout(() => {
    awakeNow();
    schedule();
    if (untakenMs > 0) { for (const listener of listeners) listener(); }
  }, TICK_MS);
}
