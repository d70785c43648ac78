/**
 * `deno task soak`: the executable under random updates, signals and crashes.
 * Prints the seed, what it has seen and the slope of RSS; ends with 1 and a
 * line that says why when anything does not hold.
 *
 *   --minutes N   how long (2); hours are fine
 *   --seed N      which updates; random unless given
 */
// @ts-types="../types/std_cli_parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { soak } from "../tests/soak/soak.ts";
import { message } from "./shell.ts";

/** Shorter than that there are not enough samples for a slope. */
const MINUTES_MIN = 0.5;

const args = parseArgs(Deno.args, { string: ["minutes", "seed"] });
const minutes = Number(args.minutes ?? 2);
const seed = Number(args.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(minutes >= MINUTES_MIN) || !Number.isSafeInteger(seed)) {
  console.error(
    `Cannot soak: --minutes ${args.minutes} must be ${MINUTES_MIN} or more, and --seed ${args.seed} a whole number`,
  );
  Deno.exit(2);
}

console.log(`seed ${seed}, ${minutes} minutes`);
try {
  await soak({ minutes, seed, print: console.log });
} catch (error) {
  console.error(`FAILED: ${message(error)}\nagain: --seed ${seed}`);
  Deno.exit(1);
}
console.log("all holds");
