/** Where the marks of the timeline and the phases of a reload are drawn. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { coarse } from "../../../../src/client/text/moments.ts";
import {
  pieces,
  placeMarks,
  spanOf,
  ticksOf,
} from "../../../../src/control/page/browser/timeline.ts";

const MINUTE = 60_000;

Deno.test("marks with room lie where they happened", () => {
  const strip = { from: 0, to: 100, width: 1_000, gap: 20 };
  const placed = placeMarks([{ at: 100 }, { at: 0 }, { at: 50 }], strip);
  assert.deepEqual(placed.map(({ x }) => x), [10, 500, 990]);
  assert.deepEqual(placed.map(({ at }) => at), [10, 500, 990]);
});

Deno.test("marks of one moment are moved apart to the left, and tell where they belong", () => {
  const strip = { from: 0, to: 100, width: 1_000, gap: 20 };
  const placed = placeMarks([{ at: 100 }, { at: 100 }, { at: 100 }], strip);
  assert.deepEqual(placed.map(({ x }) => x), [950, 970, 990]);
  assert.deepEqual(placed.map(({ at }) => at), [990, 990, 990]);
});

Deno.test("no two marks ever touch, none leaves the strip, and the newest ones are shown", () => {
  const times = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 60 });
  fc.assert(fc.property(
    times,
    fc.integer({ min: 40, max: 900 }),
    (ats, width) => {
      const strip = { from: 0, to: 1_000, width, gap: 20 };
      const placed = placeMarks(ats.map((at) => ({ at })), strip);
      placed.forEach(({ x }, index) => {
        assert.ok(x >= 10 - 1e-6 && x <= width - 10 + 1e-6, `${x}`);
        if (index > 0) assert.ok(x - placed[index - 1].x >= 20 - 1e-6);
      });
      const newest = ats.toSorted((one, other) => one - other)
        .slice(ats.length - placed.length);
      assert.deepEqual(placed.map(({ mark }) => mark.at), newest);
      const room = Math.floor((width - 20) / 20) + 1;
      assert.equal(placed.length, Math.min(ats.length, room));
    },
  ));
});

Deno.test("the line reaches from the oldest mark to now, and is a minute long at least", () => {
  assert.deepEqual(spanOf([], 100_000), { from: 40_000, to: 100_000 });
  assert.deepEqual(spanOf([5, 90_000], 100_000), { from: 5, to: 100_000 });
});

Deno.test("ticks are at round distances from now", () => {
  const strip = { from: 0, to: 5 * MINUTE, width: 500, gap: 0 };
  assert.deepEqual(ticksOf(strip, 3), [
    { agoMs: 2 * MINUTE, x: 300 },
    { agoMs: 4 * MINUTE, x: 100 },
  ]);
  const years = { from: 0, to: 4e11, width: 500, gap: 0 };
  assert.ok(ticksOf(years, 3).length > 3);
});

Deno.test("no two ticks are called the same, however long the line is", () => {
  fc.assert(fc.property(fc.integer({ min: MINUTE, max: 1e11 }), (to) => {
    const ticks = ticksOf({ from: 0, to, width: 900, gap: 28 }, 11);
    const names = ticks.map(({ agoMs }) => coarse(agoMs / 1_000));
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 1 && names.length <= 11, `${names}`);
  }));
});

Deno.test("phases follow each other, each as wide as it took, and none is too small to be seen", () => {
  const phases = [
    phase("debounce", 3),
    phase("check", 0),
    phase("ready", null),
  ];
  const found = pieces({ phases }, Date.parse("2026-01-01T00:00:06Z"), 102);
  assert.deepEqual(
    found.map(({ phase, seconds }) => [phase, seconds]),
    [["debounce", 3], ["check", 0], ["ready", null]],
  );
  assert.deepEqual(found.map(({ x }) => Math.round(x)), [0, 33, 35]);
  assert.deepEqual(found.map(({ width }) => Math.round(width)), [33, 2, 67]);
});

const phase = (name: "debounce" | "check" | "ready", took: number | null) => ({
  phase: name,
  started_at: "2026-01-01T00:00:00Z",
  duration_seconds: took,
});
