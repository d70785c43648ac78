/** The short form of the simulation of a fleet; that it can fail is proven by fleet_mutants_test.ts. */
import assert from "node:assert/strict";
import { playFleet, simulateFleet } from "./fleet_simulation.ts";

const SCHEDULES = 400;

Deno.test("fleet: every invariant holds in random schedules", async () => {
  const { outcome, failure } = await simulateFleet(1, SCHEDULES);
  assert.equal(failure?.seed, undefined, failure?.violation.message ?? "");
  assert.ok(outcome.reloads > 10 * SCHEDULES, "the schedules reload managers");
});

Deno.test("fleet: the same seed tells the same story", async () => {
  assert.deepEqual(await playFleet(4711), await playFleet(4711));
});
