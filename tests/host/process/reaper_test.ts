/** The reaper's loop against a scripted kernel; real orphans are in tests/e2e. */
import assert from "node:assert/strict";
import {
  createReaper,
  type ReapingCalls,
} from "../../../src/host/process/reaper.ts";
import { until } from "../temp.ts";

/** A kernel with these dead children, oldest first. */
function kernel(...dead: number[]) {
  const calls: ReapingCalls = {
    waitid: (_type, _id, info) => {
      new Int32Array((info as Int32Array).buffer)[4] = dead[0] ?? 0;
      return 0;
    },
    waitpid: (pid) => {
      assert.equal(dead[0], pid, "waits for the pid it has peeked at");
      dead.shift();
      return pid;
    },
  };
  return { calls, dead };
}

Deno.test("orphans are reaped, a managed child is left to the runtime", () => {
  const { calls, dead } = kernel(5, 6, 7, 8);
  const reaper = createReaper((pid) => pid === 7, () => calls);
  reaper.reap();
  assert.deepEqual(dead, [7, 8], "those behind a managed child wait for it");
  dead.shift();
  reaper.reap();
  assert.deepEqual(dead, []);
  assert.equal(reaper.reaped(), 3);
});

Deno.test("many at once are reaped in batches that let the event loop breathe", async () => {
  const { calls, dead } = kernel(
    ...Array.from({ length: 1_000 }, (_, index) => index + 2),
  );
  const reaper = createReaper(() => false, () => calls);
  reaper.reap();
  assert.equal(dead.length, 1_000 - 256);
  await until("all are reaped", () => dead.length === 0);
});

Deno.test("an error of the kernel ends the loop", () => {
  const calls: ReapingCalls = { waitid: () => -1, waitpid: () => -1 };
  const reaper = createReaper(() => false, () => calls);
  reaper.reap();
  assert.equal(reaper.reaped(), 0);
});
