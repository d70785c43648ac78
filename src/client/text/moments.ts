/** Moments and lengths of time for people. Pure. */
import { formatDuration } from "../../core/notation/duration.ts";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** In its largest unit that leaves at least 1: `45s`, `3m`, `2h`, `5d`. */
export function coarse(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  if (whole < MINUTE_S) return `${whole}s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)}m`;
  if (whole < DAY_S) return `${Math.floor(whole / HOUR_S)}h`;
  return `${Math.floor(whole / DAY_S)}d`;
}

/**
 * `3m ago`, `now` or `in 5m`, by the clock of who told both moments. A moment that
 * is none stays as it is.
 */
export function relative(moment: string, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(moment)) / 1_000;
  if (Number.isNaN(seconds)) return moment;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `${coarse(seconds)} ago` : `in ${coarse(-seconds)}`;
}

/** Since a moment: `3m`. */
export function since(moment: string, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(moment)) / 1_000;
  return Number.isNaN(seconds) ? moment : coarse(seconds);
}

/** To the millisecond, as in the log; `-` where it is not known. */
export const length = (seconds: number | null): string =>
  seconds === null ? "-" : formatDuration(Math.round(seconds * 1_000));
