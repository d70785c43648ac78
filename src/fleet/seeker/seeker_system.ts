/** Time and chance, as the part of a manager needs them that takes slots; tests have others. */
import { monotonicNow } from "../../host/base/clock.ts";
import { limit } from "../../host/base/time_limit.ts";

export interface SeekerSystem {
  /**
   * Milliseconds on a clock that goes on while this process is stopped or frozen:
   * the time of those goes on, too, who wait for our slot.
   */
  readonly now: () => number;
  /** Milliseconds since 1970; only shown. */
  readonly wallNow: () => number;
  /** Calls `act` once after so many milliseconds; the returned function cancels that. */
  readonly after: (ms: number, act: () => void) => () => void;
  /**
   * The same for a time limit: what has arrived while this process did not run is
   * handled first.
   */
  readonly limit: (ms: number, act: () => void) => () => void;
  /** From 0 (included) to 1 (excluded). */
  readonly chance: () => number;
}

export const SYSTEM: SeekerSystem = {
  now: monotonicNow,
  wallNow: Date.now,
  after: (ms, act) => {
    const timer = setTimeout(act, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  limit,
  chance: Math.random,
};
