/** The reaper's loop against a scripted kernel; real orphans are in tests/e2e. */
import assert from "node:assert/strict";
import {
  createReaper,
  type ReapingCalls,
} from "../../../src/host/process/reaper.ts";
import { until } from "../temp.ts";

const ECHILD = 10;
const EPERM = 1;

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

/** A reaper of that kernel, where no call may be refused. */
const reaperOf = (
  calls: ReapingCalls,
  isManaged: (pid: number) => boolean = () => false,
) =>
  createReaper({
    isManaged,
    onRefused: (errno) => assert.fail(`refused: ${errno}`),
    load: () => calls,
    errnoOf: () => ECHILD,
  });

Deno.test("orphans are reaped, a managed child is left to the runtime", () => {
  const { calls, dead } = kernel(5, 6, 7, 8);
  const reaper = reaperOf(calls, (pid) => pid === 7);
  reaper.reap();
  assert.deepEqual(dead, [7, 8], "those behind a managed child wait for it");
  dead.shift();
  reaper.reap();
  assert.deepEqual(dead, []);
  assert.equal(reaper.reaped(), 3);
  assert.equal(reaper.fault(), undefined);
});

Deno.test("many at once are reaped in batches that let the event loop breathe", async () => {
  const { calls, dead } = kernel(
    ...Array.from({ length: 1_000 }, (_, index) => index + 2),
  );
  const reaper = reaperOf(calls);
  reaper.reap();
  assert.equal(dead.length, 1_000 - 256);
  await until("all are reaped", () => dead.length === 0);
});

Deno.test("a kernel that refuses to wait is told of once, and not asked again", () => {
  let asked = 0;
  const calls: ReapingCalls = {
    waitid: () => {
      asked++;
      return -1;
    },
    waitpid: () => -1,
  };
  const refusals: number[] = [];
  const reaper = createReaper({
    isManaged: () => false,
    onRefused: (errno) => refusals.push(errno),
    load: () => calls,
    errnoOf: () => EPERM,
  });
  reaper.reap();
  reaper.reap();
  assert.deepEqual(refusals, [EPERM]);
  assert.equal(asked, 1);
  assert.equal(reaper.fault(), "waitid was refused (os error 1)");
});

Deno.test("without libc nothing is reaped, and the reaper says so", () => {
  const reaper = createReaper({
    isManaged: () => false,
    onRefused: (errno) => assert.fail(`refused: ${errno}`),
    load: () => undefined,
  });
  reaper.reap();
  assert.equal(reaper.reaped(), 0);
  assert.equal(reaper.fault(), "libc cannot be loaded");
});

Deno.test("that there is no child is no error", () => {
  const calls: ReapingCalls = { waitid: () => -1, waitpid: () => -1 };
  const reaper = reaperOf(calls);
  reaper.reap();
  assert.equal(reaper.reaped(), 0);
});
