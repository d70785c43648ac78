/** The regression against numbers from a textbook's tables. */
import { deepEqual, ok, throws } from "node:assert/strict";
import { slopeOf, studentQuantile } from "./regression.ts";

const near = (seen: number, expected: number, tolerance: number) =>
  ok(Math.abs(seen - expected) <= tolerance, `${seen}, not ${expected}`);

Deno.test("Student's quantile is that of the tables", () => {
  near(studentQuantile(4), 2.776, 0.002);
  near(studentQuantile(10), 2.228, 0.001);
  near(studentQuantile(30), 2.042, 0.001);
  near(studentQuantile(1_000), 1.962, 0.001);
});

Deno.test("points on a line have its slope, without doubt", () => {
  const points = [0, 1, 2, 3, 4, 5].map((x) => ({ x, y: 7 + 3 * x }));
  deepEqual(slopeOf(points), { perUnit: 3, low: 3, high: 3, count: 6 });
});

Deno.test("scatter widens the interval around the slope", () => {
  // Residuals +1 -1 -1 +1 +1 -1 -1 +1 around 2x: sum of squares 8, of x 42.
  const scatter = [1, -1, -1, 1, 1, -1, -1, 1];
  const points = scatter.map((by, x) => ({ x, y: 2 * x + by }));
  const { perUnit, low, high } = slopeOf(points);
  near(perUnit, 2, 1e-9);
  const reach = 2.447 * Math.sqrt(8 / 6 / 42);
  near(low, 2 - reach, 0.001);
  near(high, 2 + reach, 0.001);
});

Deno.test("too few points, or all at once, are no line", () => {
  throws(() => slopeOf([{ x: 0, y: 0 }]), /1 points/);
  throws(() => slopeOf(Array(6).fill({ x: 1, y: 1 })), /the same/);
});
