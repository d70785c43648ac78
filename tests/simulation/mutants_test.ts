/** The proof that the simulation can fail: each mutant breaks the invariant that it is made to break. */
import assert from "node:assert/strict";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { simulate } from "./run.ts";

/** Most are caught within the first hundreds, some by rare schedules. */
const MUTANT_SCHEDULES = 200_000;

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
