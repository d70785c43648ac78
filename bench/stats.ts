/** Samples of one measure of one tool, and what is said about them. Pure. */

/** What is measured in; also how it is written. */
export type Unit = "ms" | "MiB" | "%" | "/min" | "s" | "restarts";

/** What one tool achieved at one measure. */
export interface Series {
  /** Identifies the measure; the same for all tools that are compared. */
  readonly measure: string;
  readonly tool: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  /** Why there are no samples, or what to know about them. */
  readonly note?: string;
}

/** Least, median and 90th percentile. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly count: number;
}

/** The spread of at least one sample; undefined without. */
export function spreadOf(samples: readonly number[]): Spread | undefined {
  if (samples.length === 0) return undefined;
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const middle = (sorted.length - 1) / 2;
  return {
    min: sorted[0],
    median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2,
    p90: at(0.9),
    count: sorted.length,
  };
}

/** A number with three significant digits, without an exponent. */
export function format(value: number): string {
  if (value === 0) return "0";
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, digits)));
}

/** Median of a measure for a tool, if there is one. */
export function medianOf(
  all: readonly Series[],
  measure: string,
  tool: string,
): number | undefined {
  const series = all.find((one) =>
    one.measure === measure && one.tool === tool
  );
  return series && spreadOf(series.samples)?.median;
}
