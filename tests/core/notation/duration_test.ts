/** Durations in Go's notation, by tables and by random texts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatDuration,
  parseDuration,
} from "../../../src/core/notation/duration.ts";

Deno.test("duration: durations are read in the notations of Go, Prometheus and systemd, and in no other", () => {
  const table: [string, number | undefined][] = [
    ["500ms", 500],
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    ["2h", 7_200_000],
    ["0", 0],
    ["0s", 0],
    ["1h0m0.5s", 3_600_500],
    ["", undefined],
    ["5", undefined],
    ["-1s", undefined],
    ["1d", 86_400_000],
    ["1min 30s", 90_000],
    ["2sec", 2_000],
    ["500msec", 500],
    ["2minutes 1second", 121_000],
    ["1hour", 3_600_000],
    ["2days", 172_800_000],
    ["1seconds", 1_000],
    ["1month", undefined],
    ["1us", undefined],
    ["1hr", 3_600_000],
    ["1 s", undefined],
    ["1m  30s", undefined],
    [" 1s", undefined],
    ["1w", undefined],
    ["1S", undefined],
    ["PT1S", undefined],
    ["s", undefined],
    ["1s ", undefined],
    ["1e3ms", undefined],
    ["99999999999999999999h", undefined],
  ];
  for (const [text, ms] of table) assert.equal(parseDuration(text), ms, text);
});

Deno.test("duration: what a duration looks like is what this expression says", () => {
  const form = /^(\d+(\.\d+)?(ms|s|m|h)( (?!$))?)+$/;
  const unitMs: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 36e5 };
  const part = fc.constantFrom(
    ..."0123456789.msh",
    ..."e-+ _\n",
    "ms",
    "١",
    "__proto__",
  );
  const durations = fc.array(
    fc.tuple(
      fc.nat({ max: 9_999 }),
      fc.constantFrom("", ".5", ".125"),
      fc.constantFrom("ms", "s", "m", "h"),
    ).map((words) => words.join("")),
    { minLength: 1, maxLength: 4 },
  ).map((parts) => parts.join(""));
  const texts = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(durations, texts), (text) => {
      if (text === "0") return;
      const parts = form.test(text)
        ? [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)]
        : undefined;
      if (parts !== undefined) accepted++;
      assert.equal(
        parseDuration(text),
        parts?.reduce((ms, [, n, unit]) => ms + Number(n) * unitMs[unit], 0),
        JSON.stringify(text),
      );
    }),
    { numRuns: 2_000 },
  );
  assert.ok(accepted > 500, `${accepted}`);
});

Deno.test("duration: a duration that was written is read as itself", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 10 }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
});
