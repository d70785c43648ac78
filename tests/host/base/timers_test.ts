/** Named timers on the real clock. */
import assert from "node:assert/strict";
import { awakeNow } from "../../../src/host/base/clock.ts";
import { Timers } from "../../../src/host/base/timers.ts";
import { until } from "../temp.ts";

Deno.test("a timer never fires early, and is for one time", async () => {
  for (const delayMs of [-5, 0, 0.3, 1.7, 2.5, 20.4]) {
    const fired: number[] = [];
    const timers = new Timers<"a">({
      fire: () => fired.push(awakeNow()),
    });
    const at = awakeNow() + delayMs;
    timers.set("a", at);
    await until(`the timer of ${delayMs} ms fires`, () => fired.length > 0);
    assert.ok(fired[0] >= at, `${delayMs}: ${at - fired[0]} ms early`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(fired.length, 1);
  }
});

Deno.test("of each name there is one, and undefined takes it away", async () => {
  const fired: string[] = [];
  const timers = new Timers<"a" | "b" | "c">({
    fire: (name) => fired.push(name),
  });
  const now = awakeNow();
  timers.set("a", now + 5);
  timers.set("a", now + 30);
  timers.set("b", now + 10);
  timers.set("c", now + 5);
  timers.set("c", undefined);
  await until("both have fired", () => fired.length === 2);
  assert.deepEqual(fired, ["b", "a"]);
});

Deno.test("a timer for a time in more than a month does not fire at once", async () => {
  const fired: string[] = [];
  const timers = new Timers<"a">({ fire: (name) => fired.push(name) });
  timers.set("a", awakeNow() + 2 ** 32);
  await new Promise((resolve) => setTimeout(resolve, 20));
  timers.clear();
  assert.deepEqual(fired, []);
});

/** Nothing of ours runs for so long. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

Deno.test("time in which we did not run does not count for a limit", async () => {
  const fired: string[] = [];
  const timers = new Timers<"limit" | "delay">({
    fire: (name) => fired.push(name),
    limits: new Set(["limit"]),
  });
  const before = performance.now();
  timers.set("limit", awakeNow() + 300);
  timers.set("delay", awakeNow() + 10_000);
  standStill(400);
  await until("it has fired", () => fired.length > 0);
  timers.clear();
  const tookMs = performance.now() - before;
  assert.ok(tookMs >= 600, `over after ${tookMs} ms, of which we ran for less`);
  assert.deepEqual(fired, ["limit"]);
});

Deno.test("what has happened is taken in before a limit is over, and may disarm it", async () => {
  const fired: string[] = [];
  const timers = new Timers<"limit" | "other">({
    fire: (name) => fired.push(name),
    limits: new Set(["limit"]),
    takeIn: () => timers.set("limit", undefined),
  });
  timers.set("limit", awakeNow() + 5);
  timers.set("other", awakeNow() + 20);
  await until("the other has fired", () => fired.length > 0);
  assert.deepEqual(fired, ["other"]);
});
