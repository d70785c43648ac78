/** What shows that a child rewrites its own configuration: by tables. */
import assert from "node:assert/strict";
import {
  FEEDBACK_MAX_MS,
  isFeedback,
  isSuspected,
  NO_FEEDBACK,
  quietWindowMs,
  repeatsOf,
  withReload,
} from "../../../src/core/change/feedback.ts";
import { QUICK } from "../../simulation/stepping.ts";

/** What is known after reloads for changes at these distances. */
const after = (...distances: readonly (number | undefined)[]) =>
  distances.reduce(withReload, NO_FEEDBACK);

Deno.test("feedback: reloads in a row at about the same distance are counted", () => {
  const table: [readonly (number | undefined)[], number][] = [
    [[], 0],
    [[100], 1],
    [[100, 120, 80], 3],
    [[100, 500, 900], 3],
    [[100, 501], 1],
    [[100, 100, 900, 100], 1],
    [[100, 100, undefined], 2],
    [[100, undefined, 100, 900, undefined], 1],
    [[100, 100, FEEDBACK_MAX_MS], 0],
    [[FEEDBACK_MAX_MS - 1, FEEDBACK_MAX_MS - 1], 2],
  ];
  for (const [distances, reloads] of table) {
    assert.equal(after(...distances).reloads, reloads, distances.join());
  }
});

Deno.test("feedback: a change repeats those before it only at their distance", () => {
  const known = after(100, 100, 100);
  assert.equal(repeatsOf(known, 110), 3);
  assert.equal(repeatsOf(known, 501), 0);
  assert.equal(repeatsOf(NO_FEEDBACK, 0), 0);
});

Deno.test("feedback: the window is longer before anybody is blamed", () => {
  assert.deepEqual([5, 6, 7].map(isSuspected), [false, true, true]);
  assert.deepEqual([5, 6, 7].map(isFeedback), [false, false, true]);
});

Deno.test("feedback: the window doubles from --debounce or 750 ms up to --debounce-max", () => {
  const window = (debounceMs: number, debounceMaxMs: number) =>
    [5, 6, 7, 8, 9, 99].map((repeats) =>
      quietWindowMs({ ...QUICK, debounceMs, debounceMaxMs }, repeats)
    );
  const usual = [1_500, 3_000, 5_000, 5_000, 5_000];
  assert.deepEqual(window(500, 5_000), [500, ...usual]);
  assert.deepEqual(window(0, 5_000), [0, ...usual]);
  assert.deepEqual(window(1_000, 5_000), [
    1_000,
    2_000,
    4_000,
    5_000,
    5_000,
    5_000,
  ]);
  assert.deepEqual(window(500, 600), [500, 600, 600, 600, 600, 600]);
  assert.deepEqual(window(500, 60_000), [
    500,
    1_500,
    3_000,
    6_000,
    7_500,
    7_500,
  ]);
  assert.deepEqual(window(7_000, 5_000), [
    7_000,
    7_000,
    7_000,
    7_000,
    7_000,
    7_000,
  ]);
});
