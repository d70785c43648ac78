/** Timestamps of files, as numbers that can be compared. */

/**
 * Milliseconds since 1970; 0 if the file system has no such time. Infinity
 * stands for all times that a Date cannot hold: the runtime returns an invalid
 * Date for them, and its NaN would not even equal itself.
 */
export function fileTimeMs(time: Date | null): number {
  const ms = time?.getTime() ?? 0;
  return Number.isNaN(ms) ? Infinity : ms;
}
