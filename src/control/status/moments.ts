/** Moments and durations as they go out in JSON. Pure. */
import { formatTimestamp } from "../../core/notation/timestamp.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { Timestamp } from "../vocabulary/timestamp.ts";

/** `at` is milliseconds since the epoch. */
export const moment = (at: number): Timestamp => formatTimestamp(at);

export const momentOrNull = (at: number | undefined): Timestamp | null =>
  at === undefined ? null : moment(at);

/** A moment on the clock of the model. */
export const momentOfClock = (
  { now, clock }: Pick<Facts, "now" | "clock">,
  at: number | undefined,
): Timestamp | null => momentOrNull(at === undefined ? at : now + at - clock);

/** Seconds, to the microsecond. */
export const seconds = (ms: number): number => Math.round(ms * 1_000) / 1e6;

export const secondsOrNull = (ms: number | undefined): number | null =>
  ms === undefined ? null : seconds(ms);
