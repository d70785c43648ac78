/** The use of children: how often it is read, and processor time that only grows. */
import { deepEqual, equal } from "node:assert/strict";
import { createChildUsage } from "../../../src/control/facts/child_usage.ts";
import type { ResourceUsage } from "../../../src/host/process/usage.ts";

const usage = (cpuSeconds: number): ResourceUsage => ({
  cpuSeconds,
  residentBytes: 100,
  openDescriptors: 10,
  threads: 3,
  processes: 2,
});

/** Groups that have used so much processor time, read by a clock that goes on by `readMs` for each. */
function groups(readMs = 0) {
  const cpu = new Map<number, number>();
  let at = 0;
  let reads = 0;
  const of = createChildUsage({
    now: () => at,
    read: (leader) => {
      reads++;
      at += readMs;
      const seconds = cpu.get(leader);
      return seconds === undefined ? undefined : usage(seconds);
    },
  });
  return {
    of,
    cpu,
    reads: () => reads,
    pass: (ms: number) => void (at += ms),
    /** Of these leaders, read anew. */
    cpuOf: (...leaders: number[]) => {
      at += 60_000;
      return of(leaders)?.cpuSeconds;
    },
  };
}

Deno.test("without a child nothing is read", () => {
  const { of, reads } = groups();
  equal(of([]), undefined);
  equal(reads(), 0);
});

Deno.test("who asks within a second gets the same answer", () => {
  const { of, cpu, reads, pass } = groups();
  cpu.set(7, 1);
  deepEqual(of([7]), usage(1));
  cpu.set(7, 2);
  pass(999);
  deepEqual(of([7]), usage(1));
  equal(reads(), 1);
  pass(1);
  deepEqual(of([7]), usage(2));
  equal(reads(), 2);
});

Deno.test("what takes long is read less often", () => {
  const { of, cpu, reads, pass } = groups(15);
  cpu.set(7, 1);
  of([7]);
  pass(1_484);
  of([7]);
  equal(reads(), 1);
  pass(1);
  of([7]);
  equal(reads(), 2);
});

Deno.test("another child is read at once", () => {
  const { of, cpu, reads } = groups();
  cpu.set(7, 1).set(8, 1);
  of([7]);
  equal(of([]), undefined);
  of([8]);
  equal(reads(), 2);
});

Deno.test("processor time only grows: when a member ends, and with the next child", () => {
  const { cpu, cpuOf } = groups();
  cpu.set(7, 10);
  equal(cpuOf(7), 10);
  // A member has ended with what it had used.
  cpu.set(7, 4);
  equal(cpuOf(7), 10);
  cpu.set(7, 5);
  equal(cpuOf(7), 11);
  equal(cpuOf(), undefined);
  cpu.set(8, 2);
  equal(cpuOf(8), 13);
  cpu.set(8, 3);
  equal(cpuOf(8), 14);
});

Deno.test("two children at once are told together, and neither is counted twice", () => {
  const { of, cpu, cpuOf } = groups();
  cpu.set(7, 10);
  equal(cpuOf(7), 10);
  cpu.set(8, 1);
  equal(cpuOf(7, 8), 11);
  deepEqual(of([7, 8]), {
    cpuSeconds: 11,
    residentBytes: 200,
    openDescriptors: 20,
    threads: 6,
    processes: 4,
  });
  cpu.delete(7);
  cpu.set(8, 2);
  equal(cpuOf(7, 8), 12);
  equal(cpuOf(8), 12);
});

Deno.test("a group that is gone is not known", () => {
  const { cpuOf } = groups();
  equal(cpuOf(7), undefined);
});
