/** The clock of the real system. */

/** Milliseconds on a clock that never goes back; its zero is arbitrary. */
export const monotonicNow = (): number => performance.now();
