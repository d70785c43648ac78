/** The short form of the simulation, and the proof that it can fail. */
import assert from "node:assert/strict";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { runSchedule, simulate } from "./run.ts";

const SCHEDULES = 30_000;
/** Most are caught within the first hundreds, some by rare schedules. */
const MUTANT_SCHEDULES = 200_000;
/** Seeds of schedules that once broke an invariant. */
const REGRESSIONS = [
  59,
  104,
  708,
  847,
  914,
  1_814,
  3_013,
  6_107,
  6_640,
  8_657,
  8_969,
  22_815,
  22_922,
  32_847,
  43_485,
  63_053,
  111_157,
  167_975,
  264_352,
  552_033,
  647_737,
  675_233,
  753_668,
  766_619,
  3_037_821,
];

Deno.test("every invariant holds in random schedules", () => {
  const { outcome, failure } = simulate(1, SCHEDULES);
  assert.equal(failure?.seed, undefined, failure?.violation.message);
  assert.ok(outcome.children > SCHEDULES, "the schedules restart children");
});

for (const seed of REGRESSIONS) {
  Deno.test(`schedule ${seed}, which once failed, holds`, () => {
    runSchedule(seed);
  });
}

/** The schedule of a mutant that breaks this invariant; it may break others before. */
function caught(breaks: Mutant["breaks"], decide: Mutant["decide"]) {
  for (let first = 1; first <= MUTANT_SCHEDULES;) {
    const count = MUTANT_SCHEDULES - first + 1;
    const { failure } = simulate(first, count, decide);
    if (failure === undefined) return undefined;
    if (failure.violation.invariant === breaks) return failure.seed;
    first = failure.seed + 1;
  }
  return undefined;
}

for (const { name, breaks, decide } of MUTANTS) {
  Deno.test(`mutant is caught by ${breaks}: ${name}`, () => {
    assert.notEqual(caught(breaks, decide), undefined);
  });
}

Deno.test("the same seed tells the same story", () => {
  assert.deepEqual(runSchedule(4711), runSchedule(4711));
});
