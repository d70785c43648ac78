/**
 * `deno task soak`: the executable under random updates, signals and crashes.
 * Prints the seed, what it has seen and the slope of RSS; ends with 1 and a
 * line that says why when anything does not hold.
 *
 *   --minutes N   how long (2); hours are fine
 *   --seed N      which updates; random unless given
 */
import { soak } from "../tests/soak/soak.ts";
import { Progress } from "./progress.ts";
import { message, script } from "./shell.ts";
import { taskOptions, wholeNumber } from "./task_options.ts";

/** Shorter than that there are not enough samples for a slope. */
const MINUTES_MIN = 0.5;

await script("soak", async () => {
  const args = taskOptions(Deno.args, { string: ["minutes", "seed"] });
  const minutes = Number(args.minutes ?? 2);
  if (!(minutes >= MINUTES_MIN)) {
    throw new Error(
      `Cannot use --minutes ${args.minutes}: it is a number from ${MINUTES_MIN} on`,
    );
  }
  const random = Math.floor(Math.random() * 2 ** 31);
  const seed = wholeNumber("--seed", args.seed, random, [
    0,
    Number.MAX_SAFE_INTEGER,
  ]);
  console.log(`seed ${seed}, ${minutes} minutes`);
  const total = Math.round(minutes * 60);
  const startedMs = performance.now();
  const progress = new Progress("soak", { total });
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedMs) / 1_000;
    progress.at(Math.min(seconds, total), "seconds");
  }, 1_000);
  try {
    await soak({ minutes, seed, print: (line) => progress.say(line) });
  } catch (error) {
    progress.say(`FAILED: ${message(error)}\nagain: --seed ${seed}`);
    Deno.exitCode = 1;
    return;
  } finally {
    clearInterval(timer);
    progress[Symbol.dispose]();
  }
  console.log("all holds");
});
