/** The clock that stands still while the event loop does not run. */
import assert from "node:assert/strict";
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import {
  attend,
  awakeNow,
  onStalled,
  takeStalled,
} from "../../../src/host/base/clock.ts";

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

Deno.test("it stands still while we do not run, and tells of it once", async () => {
  let told = 0;
  onStalled(() => told++);
  const leave = attend();
  takeStalled();
  const before = awakeNow();
  standStill(400);
  const passedMs = awakeNow() - before;
  await delay(100);
  leave();
  assert.ok(passedMs >= 0 && passedMs < 200, `${passedMs} ms passed`);
  assert.ok(told > 0);
  const stalledMs = takeStalled();
  assert.ok(stalledMs >= 300, `${stalledMs} ms`);
  assert.equal(takeStalled(), 0);
});

Deno.test("it never goes back, whoever asks when", () => {
  const leave = attend();
  let last = awakeNow();
  for (const ms of [0, 1, 40, 60, 0, 200, 0, 55]) {
    standStill(ms);
    const now = awakeNow();
    assert.ok(now >= last, `${last - now} ms back after ${ms}`);
    last = now;
  }
  leave();
});

Deno.test("it goes on where nobody attends", () => {
  const before = awakeNow();
  standStill(100);
  assert.ok(awakeNow() - before >= 99);
});
