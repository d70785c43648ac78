/**
 * `deno task simulate`: random schedules against the real core and event loop
 * on a simulated system. Prints the seed, so that a failure can be told again.
 *
 *   --schedules N   how many (100000)
 *   --seed N        the first one's seed; random unless given
 */
// @ts-types="../types/std_cli_parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { simulate } from "../tests/simulation/run.ts";

const args = parseArgs(Deno.args, { string: ["schedules", "seed"] });
const schedules = Number(args.schedules ?? 100_000);
const first = Number(args.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(schedules) || !Number.isSafeInteger(first)) {
  console.error(
    `Cannot simulate: --schedules ${args.schedules} and --seed ${args.seed} must be whole numbers`,
  );
  Deno.exit(2);
}

console.log(`seed ${first}, ${schedules} schedules`);
const startedAt = performance.now();
const { outcome, failure } = simulate(first, schedules);
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
if (failure !== undefined) {
  console.error(
    `FAILED: ${failure.violation.message}\nagain: scripts/dev simulate --schedules 1 --seed ${failure.seed}`,
  );
  Deno.exit(1);
}
console.log(
  `all invariants hold: ${outcome.steps} steps, ${outcome.children} children, ${seconds} s`,
);
