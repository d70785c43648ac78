/**
 * `deno run -A scripts/fleet_cost.ts`: the table of docs/fleet.md, section "What it
 * costs". By the model of tests/fleet/fleet_cost.ts; takes half a minute.
 */
import { type Cost, modelledCost } from "../tests/fleet/fleet_cost.ts";

const MINUTE_MS = 60_000;
const RULES = { reloadMs: 5_000, soakMs: 30_000, settleMs: 10_000 };
/** Small fleets differ more from one time to the next. */
const seedsFor = (replicas: number) => replicas <= 1_000 ? 20 : 1;

const CASES: readonly (readonly [replicas: number, limit: number])[] = [
  [10, 1],
  [10, 5],
  [1_000, 1],
  [1_000, 5],
  [1_000, 10],
  [10_000, 1],
  [10_000, 5],
  [10_000, 100],
  [100_000, 1],
  [100_000, 5],
  [100_000, 1_000],
];
const SPREADS_MS: readonly number[] = [MINUTE_MS, 11 * MINUTE_MS];

const number = (value: number) =>
  value.toLocaleString("en", { maximumSignificantDigits: 3 });

function duration(ms: number): string {
  const minutes = ms / MINUTE_MS;
  if (minutes < 2) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 120) return `${number(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${number(hours)} h` : `${number(hours / 24)} days`;
}

function meanOf(replicas: number, limit: number, spreadMs: number): Cost {
  const seeds = Array.from({ length: seedsFor(replicas) }, (_, n) => n + 1);
  const costs = seeds.map((seed) =>
    modelledCost({ ...RULES, replicas, limit, spreadMs, seed })
  );
  const mean = (field: keyof Cost) =>
    costs.reduce((sum, cost) => sum + cost[field], 0) / costs.length;
  return {
    convergedMs: mean("convergedMs"),
    requests: mean("requests"),
    peakPerSecond: mean("peakPerSecond"),
  };
}

console.log(
  "| replicas | at a time | at best | takes | requests | a second | busiest second | takes, with `--splay 10m` | busiest second |",
);
console.log("| --: | --: | --: | --: | --: | --: | --: | --: | --: |");
for (const [replicas, limit] of CASES) {
  const [plain, splayed] = SPREADS_MS
    .map((spreadMs) => meanOf(replicas, limit, spreadMs));
  const turns = Math.ceil((replicas - 1) / limit);
  const bestMs = RULES.reloadMs + RULES.soakMs +
    (RULES.reloadMs + RULES.settleMs) * turns;
  const cells = [
    replicas.toLocaleString("en"),
    limit.toLocaleString("en"),
    duration(bestMs),
    duration(plain.convergedMs),
    number(plain.requests),
    number(1_000 * plain.requests / plain.convergedMs),
    number(plain.peakPerSecond),
    duration(splayed.convergedMs),
    number(splayed.peakPerSecond),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
