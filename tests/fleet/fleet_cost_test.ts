/** What is computed for large fleets rests on a model, which small ones hold against the real seekers. */
import assert from "node:assert/strict";
import { type CostCase, modelledCost, playedCost } from "./fleet_cost.ts";

const RULES = {
  spreadMs: 60_000,
  reloadMs: 5_000,
  soakMs: 30_000,
  settleMs: 10_000,
};
const SEEDS = [1, 2, 3, 4, 5];

/** The means over some seeds. */
async function meansOf(
  cost: typeof playedCost | typeof modelledCost,
  of: Omit<CostCase, "seed">,
): Promise<readonly number[]> {
  const costs = await Promise.all(SEEDS.map((seed) => cost({ ...of, seed })));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value) / values.length;
  return [
    mean(costs.map(({ convergedMs }) => convergedMs)),
    mean(costs.map(({ requests }) => requests)),
    mean(costs.map(({ peakPerSecond }) => peakPerSecond)),
  ];
}

for (const [replicas, limit] of [[10, 1], [100, 5], [200, 1]]) {
  Deno.test(`fleet cost: the model of ${replicas} replicas with ${limit} at a time is that of real seekers`, async () => {
    const of = { ...RULES, replicas, limit };
    const played = await meansOf(playedCost, of);
    const modelled = await meansOf(modelledCost, of);
    // By time, requests, and requests in the busiest second.
    const allowed = [0.1, 0.1, 0.25];
    for (const [n, value] of played.entries()) {
      const error = Math.abs(modelled[n] / value - 1);
      assert.ok(error < allowed[n], `${modelled[n]} in place of ${value}`);
    }
  });
}

Deno.test("fleet cost: the time is what the reloads take in turn, and somewhat more", () => {
  const of = { ...RULES, replicas: 50, limit: 1, seed: 1 };
  const { convergedMs } = modelledCost(of);
  const bestMs = 5_000 + 30_000 + 49 * 15_000;
  assert.ok(convergedMs > bestMs && convergedMs < 2 * bestMs, `${convergedMs}`);
});
