/** The use of resources by the child, as a line. */
import assert from "node:assert/strict";
import {
  cpuShares,
  lineOf,
  memory,
  type Sample,
  sampleFrom,
  SAMPLES_MAX,
  withSample,
} from "../../../../src/control/page/browser/samples.ts";

const sample = (
  at: number,
  cpuSeconds?: number,
  residentBytes?: number,
): Sample => ({ at, cpuSeconds, residentBytes });

Deno.test("a scrape is searched for the two values, and may lack them", () => {
  const text = `# HELP flush_manager_child_cpu_seconds_total CPU
flush_manager_child_cpu_seconds_total 1.5
flush_manager_child_resident_memory_bytes 2048
`;
  assert.deepEqual(sampleFrom(text, 7), sample(7, 1.5, 2048));
  assert.deepEqual(sampleFrom("# EOF\n", 7), sample(7));
});

Deno.test("the oldest samples are forgotten", () => {
  let samples: readonly Sample[] = [];
  for (let at = 0; at <= SAMPLES_MAX; at++) {
    samples = withSample(samples, sample(at));
  }
  assert.equal(samples.length, SAMPLES_MAX);
  assert.equal(samples[0].at, 1);
});

Deno.test("CPU is told between two samples of one child that are not far apart", () => {
  const samples = [
    sample(0, 1),
    sample(2_000, 2),
    sample(4_000, 0.1),
    sample(6_000),
    sample(8_000, 0.2),
    sample(60_000, 0.3),
  ];
  assert.deepEqual(cpuShares(samples), [
    undefined,
    0.5,
    ...Array(4).fill(undefined),
  ]);
});

Deno.test("memory has a gap where the page was hidden", () => {
  const samples = [
    sample(0, 1, 10),
    sample(2_000, 1, 11),
    sample(60_000, 1, 9),
  ];
  assert.deepEqual(memory(samples), [10, 11, undefined]);
});

Deno.test("a line ends at the right, is broken where a value is missing, and has no end without one", () => {
  const box = { width: SAMPLES_MAX - 1, height: 10, leastTop: 4 };
  assert.deepEqual(lineOf([2, undefined, 4, 0], box), {
    path: `M116 5M118 0L119 10`,
    end: "M119 10h0",
  });
  assert.deepEqual(lineOf([2, undefined], box), { path: "M118 5", end: "" });
  assert.deepEqual(lineOf([], box), { path: "", end: "" });
});
