/** The short form of the simulation; that it can fail is proven by mutants_test.ts. */
import assert from "node:assert/strict";
import { runSchedule, simulate } from "./run.ts";

const SCHEDULES = 30_000;
/** Seeds of schedules that once broke an invariant. */
const REGRESSIONS = [
  59,
  104,
  708,
  847,
  914,
  1_814,
  1_898,
  3_013,
  6_107,
  6_640,
  8_657,
  8_969,
  16_080,
  19_402,
  22_815,
  22_922,
  31_073,
  32_847,
  38_759,
  43_485,
  50_460,
  53_099,
  63_053,
  106_872,
  111_157,
  167_975,
  198_977,
  245_362,
  264_352,
  358_963,
  396_329,
  466_026,
  492_046,
  552_033,
  643_372,
  647_737,
  675_233,
  753_668,
  766_619,
  833_029,
  1_011_416,
  1_588_632,
  1_628_222,
  1_760_345,
  1_925_456,
  1_979_738,
  2_135_563,
  3_037_821,
  5_001_081,
  5_007_679,
  5_057_999,
  5_059_230,
  5_063_928,
  5_072_293,
  5_074_637,
  5_080_533,
  5_081_090,
  5_268_749,
  5_322_401,
  5_325_458,
  5_325_657,
  5_363_168,
  5_661_116,
  5_689_280,
  5_951_537,
  6_032_160,
  6_084_005,
  6_109_115,
  6_258_481,
  6_373_284,
  6_511_272,
  6_551_368,
  6_762_165,
];

Deno.test("every invariant holds in random schedules", () => {
  const { outcome, failure } = simulate(1, SCHEDULES);
  assert.equal(failure?.seed, undefined, failure?.violation.message ?? "");
  assert.ok(outcome.children > SCHEDULES, "the schedules restart children");
});

for (const seed of REGRESSIONS) {
  Deno.test(`schedule ${seed}, which once failed, holds`, () => {
    runSchedule(seed);
  });
}

Deno.test("the same seed tells the same story", () => {
  assert.deepEqual(runSchedule(4711), runSchedule(4711));
});
