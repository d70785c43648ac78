/** Moments in the operator's notation. Pure. */

/** The latest moment, and with a minus the earliest, that a Date holds (ECMA-262, Time Values and Time Range). */
const TIME_MAX_MS = 8.64e15;

/**
 * The moment in ISO 8601, in UTC. A file system may have moments that no Date
 * holds; those are `out-of-range`.
 */
export function formatTimestamp(ms: number): string {
  return Math.abs(ms) <= TIME_MAX_MS
    ? new Date(ms).toISOString()
    : "out-of-range";
}
