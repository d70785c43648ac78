/** Named timers on the real clock. */
import assert from "node:assert/strict";
import { monotonicNow } from "../../../src/host/base/clock.ts";
import { Timers } from "../../../src/host/base/timers.ts";
import { until } from "../temp.ts";

Deno.test("a timer never fires early, and is for one time", async () => {
  for (const delayMs of [-5, 0, 0.3, 1.7, 2.5, 20.4]) {
    const fired: number[] = [];
    const timers = new Timers<"a">(() => fired.push(monotonicNow()));
    const at = monotonicNow() + delayMs;
    timers.set("a", at);
    await until(`the timer of ${delayMs} ms fires`, () => fired.length > 0);
    assert.ok(fired[0] >= at, `${delayMs}: ${at - fired[0]} ms early`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(fired.length, 1);
  }
});

Deno.test("of each name there is one, and undefined takes it away", async () => {
  const fired: string[] = [];
  const timers = new Timers<"a" | "b" | "c">((name) => fired.push(name));
  const now = monotonicNow();
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
  const timers = new Timers<"a">((name) => fired.push(name));
  timers.set("a", monotonicNow() + 2 ** 32);
  await new Promise((resolve) => setTimeout(resolve, 20));
  timers.clear();
  assert.deepEqual(fired, []);
});
