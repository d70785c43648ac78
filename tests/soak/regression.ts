/** A straight line through measurements, and how sure one can be of its slope. Pure. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The slope of the least-squares line, with the 95 % confidence interval. */
export interface Slope {
  readonly perUnit: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Fewer points say nothing about their scatter. */
export const POINTS_MIN = 6;

/**
 * Simple linear regression of y on x. The interval is Student's, so it takes
 * the deviations from the line for independent.
 *
 * @throws {Error} for fewer than POINTS_MIN points, or all of the same x
 */
export function slopeOf(points: readonly Point[]): Slope {
  const count = points.length;
  if (count < POINTS_MIN) {
    throw new Error(`Cannot fit a line: ${count} points, ${POINTS_MIN} needed`);
  }
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const sum = (term: (dx: number, dy: number) => number) =>
    points.reduce((all, { x, y }) => all + term(x - meanX, y - meanY), 0);
  const spreadX = sum((dx) => dx * dx);
  if (spreadX === 0) throw new Error("Cannot fit a line: all x are the same");
  const perUnit = sum((dx, dy) => dx * dy) / spreadX;
  const residual = sum((dx, dy) => (dy - perUnit * dx) ** 2);
  const freedom = count - 2;
  const error = Math.sqrt(residual / freedom / spreadX);
  const reach = studentQuantile(freedom) * error;
  return { perUnit, low: perUnit - reach, high: perUnit + reach, count };
}

export const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Student's t at 97.5 %, by the expansion around the normal quantile
 * (Abramowitz and Stegun, 26.7.5); to 0.1 % from 4 degrees of freedom on.
 */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1_482 * z ** 5 - 1_920 * z ** 3 - 945 * z) /
    92_160,
  ];
  return terms.reduce((t, term, at) => t + term / freedom ** (at + 1), z);
}
