/** The proof that the simulation of a fleet can fail: each mutant breaks the invariant that it is made to break. */
import assert from "node:assert/strict";
import { FLEET_MUTANTS, type FleetMutant } from "./fleet_mutants.ts";
import { simulateFleet } from "./fleet_simulation.ts";

/** Most are caught by one of the first. */
const MUTANT_SCHEDULES = 2_000;

/** The schedule of a mutant that breaks its invariant; it may break others before. */
async function caught(mutant: FleetMutant): Promise<number | undefined> {
  for (let first = 1; first <= MUTANT_SCHEDULES;) {
    const left = MUTANT_SCHEDULES + 1 - first;
    const { failure } = await simulateFleet(first, left, mutant);
    if (failure === undefined) return undefined;
    if (failure.violation.invariant === mutant.breaks) return failure.seed;
    first = failure.seed + 1;
  }
  return undefined;
}

for (const mutant of FLEET_MUTANTS) {
  const { name, breaks } = mutant;
  Deno.test(`fleet mutant is caught by ${breaks}: ${name}`, async () => {
    assert.notEqual(await caught(mutant), undefined);
  });
}
