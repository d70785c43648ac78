/** Counts of durations by their length. Pure. */
import { BUCKETS_S, type Histogram } from "../../vocabulary/journal.ts";

/** The histogram with one duration more. */
export function withDuration(
  { buckets, sumS, count }: Histogram,
  durationMs: number,
): Histogram {
  const seconds = durationMs / 1_000;
  const found = BUCKETS_S.findIndex((bound) => seconds <= bound);
  const bucket = found < 0 ? BUCKETS_S.length : found;
  return {
    buckets: buckets.map((value, at) => at === bucket ? value + 1 : value),
    sumS: sumS + seconds,
    count: count + 1,
  };
}

/** The counts by name, with one more under this one. */
export const withOneMore = <Name extends string>(
  counts: Readonly<Record<Name, number>>,
  name: Name,
): Readonly<Record<Name, number>> => ({
  ...counts,
  [name]: (counts[name] ?? 0) + 1,
});
