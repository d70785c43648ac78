/** The proof that the simulation can fail: each mutant breaks the invariant that it is made to break. */
import assert from "node:assert/strict";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { simulate } from "./run.ts";

/** Most are caught within the first hundreds, some by rare schedules. */
const MUTANT_SCHEDULES = 200_000;

/** The schedule of a mutant that breaks its invariant; it may break others before. */
function caught({ breaks, decide, from = 1 }: Mutant): number | undefined {
  const end = from + MUTANT_SCHEDULES;
  for (let first = from; first < end;) {
    const { failure } = simulate(first, end - first, decide);
    if (failure === undefined) return undefined;
    if (failure.violation.invariant === breaks) return failure.seed;
    first = failure.seed + 1;
  }
  return undefined;
}

for (const mutant of MUTANTS) {
  const { name, breaks } = mutant;
  Deno.test(`mutant is caught by ${breaks}: ${name}`, () => {
    assert.notEqual(caught(mutant), undefined);
  });
}
