/** Timestamps of files, as numbers that can be compared. */

/**
 * Milliseconds since 1970; 0 where the file system has no such time. Infinity
 * stands for all moments that no Date holds: the runtime gives such a time as
 * an invalid Date, whose NaN would not even equal itself.
 */
export function fileTimeMs(time: Date | null): number {
  const ms = time?.getTime() ?? 0;
  return Number.isNaN(ms) ? Infinity : ms;
}
