/**
 * `deno task simulate`: random schedules against the real core and event loop
 * on a simulated system, or against the managers of a fleet. Prints the seed, so
 * that a failure can be told again.
 *
 *   --schedules N   how many (100000)
 *   --seed N        the first one's seed; random unless given
 *   --fleet         a fleet: several managers and the store of their slots
 */
import { simulateFleet } from "../tests/fleet/fleet_simulation.ts";
import { simulate } from "../tests/simulation/run.ts";
import { Progress } from "./progress.ts";
import { script } from "./shell.ts";
import { taskOptions, wholeNumber } from "./task_options.ts";

await script("simulate", async () => {
  const args = taskOptions(Deno.args, {
    boolean: ["fleet"],
    string: ["schedules", "seed"],
  });
  const schedules = wholeNumber(
    "--schedules",
    args.schedules,
    100_000,
    [1, Number.MAX_SAFE_INTEGER],
  );
  const first = wholeNumber(
    "--seed",
    args.seed,
    Math.floor(Math.random() * 2 ** 31),
    [0, Number.MAX_SAFE_INTEGER],
  );
  console.log(`seed ${first}, ${schedules} schedules`);
  const startedAt = performance.now();
  const progress = new Progress("simulate", { total: schedules });
  const onSchedule = (done: number) => progress.at(done, "schedules");
  const { outcome, failure } = args.fleet
    ? await simulateFleet(first, schedules, {}, onSchedule)
    : simulate(first, schedules, undefined, onSchedule);
  progress[Symbol.dispose]();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  if (failure !== undefined) {
    const part = args.fleet ? " --fleet" : "";
    console.error(
      `FAILED: ${failure.violation.message}\nagain: scripts/dev simulate${part} --schedules 1 --seed ${failure.seed}`,
    );
    Deno.exit(1);
  }
  const what = "reloads" in outcome
    ? `${outcome.reloads} reloads`
    : `${outcome.children} children`;
  console.log(
    `all invariants hold: ${outcome.steps} steps, ${what}, ${seconds} s`,
  );
});
