/** Moments as text. */
import { equal } from "node:assert/strict";
import { formatTimestamp } from "../../../src/core/notation/timestamp.ts";

const TEXTS: readonly (readonly [number, string])[] = [
  [0, "1970-01-01T00:00:00.000Z"],
  [-1, "1969-12-31T23:59:59.999Z"],
  [1_500.7, "1970-01-01T00:00:01.500Z"],
  [8.64e15, "+275760-09-13T00:00:00.000Z"],
  [-8.64e15, "-271821-04-20T00:00:00.000Z"],
  [8.64e15 + 1, "out-of-range"],
  [-8.64e15 - 1, "out-of-range"],
  [Infinity, "out-of-range"],
  [NaN, "out-of-range"],
];

for (const [ms, text] of TEXTS) {
  Deno.test(`the moment ${ms} is ${text}`, () => {
    equal(formatTimestamp(ms), text);
  });
}
