/** Durations by bucket. */
import assert from "node:assert/strict";
import { emptyJournal } from "../../../../src/control/journal/empty_journal.ts";
import { withDuration } from "../../../../src/control/journal/entries/histogram.ts";

const { phases: { stop: EMPTY } } = emptyJournal(0, []);

Deno.test("histogram: a duration is counted in the first bucket that holds it", () => {
  assert.equal(withDuration(EMPTY, 0).buckets.indexOf(1), 0);
  assert.equal(withDuration(EMPTY, 1).buckets.indexOf(1), 0);
  assert.equal(withDuration(EMPTY, 1.1).buckets.indexOf(1), 1);
  assert.equal(withDuration(EMPTY, 300_001).buckets.indexOf(1), 12);
});

Deno.test("histogram: it has a count and a sum in seconds", () => {
  const twice = withDuration(withDuration(EMPTY, 500), 1_500);
  assert.equal(twice.count, 2);
  assert.equal(twice.sumS, 2);
});
