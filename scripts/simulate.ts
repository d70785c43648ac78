/**
 * `deno task simulate`: random schedules against the real core and event loop
 * on a simulated system. Prints the seed, so that a failure can be told again.
 *
 *   --schedules N   how many (100000)
 *   --seed N        the first one's seed; random unless given
 */
import { simulate } from "../tests/simulation/run.ts";
import { Progress } from "./progress.ts";
import { script } from "./shell.ts";
import { taskOptions, wholeNumber } from "./task_options.ts";

await script("simulate", () => {
  const args = taskOptions(Deno.args, { string: ["schedules", "seed"] });
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
  const { outcome, failure } = simulate(
    first,
    schedules,
    undefined,
    (done) => progress.at(done, "schedules"),
  );
  progress[Symbol.dispose]();
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
  return Promise.resolve();
});
