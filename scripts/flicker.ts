/**
 * `deno task flicker`: repeats the tests, or a part of them, and tells what
 * failed how often and with what message. Ends with 1 when anything did.
 *
 *   PATH...          files and folders instead of all
 *   --runs N         how often (10)
 *   --load K         beside K busy loops (0)
 *   --filter TEXT    the cases whose name holds TEXT, or matches /TEXT/
 *   --part NAME      parallel or timed; both unless given
 */
import { script } from "./shell.ts";
import { taskOptions, wholeNumber } from "./task_options.ts";
import { flickerText, type Repetition } from "./suite/flicker_table.ts";
import { partNamed } from "./suite/part.ts";
import { type Selection, suite } from "./suite/suite.ts";

/** More would only wait for each other. */
const LOAD_MAX = 64;

interface Options {
  readonly runs: number;
  readonly load: number;
  readonly selection: Selection;
}

function parse(argv: readonly string[]): Options {
  const args = taskOptions(argv, {
    string: ["runs", "load", "filter", "part"],
    words: "PATH...",
  });
  return {
    runs: wholeNumber("--runs", args.runs, 10, [1, 1_000]),
    load: wholeNumber("--load", args.load, 0, [0, LOAD_MAX]),
    selection: {
      paths: args._.length === 0 ? undefined : args._.map(String),
      filter: args.filter,
      part: args.part === undefined ? undefined : partNamed(args.part),
    },
  };
}

/** Shells that do nothing but use a processor, until they are disposed of. */
function busyLoops(count: number): Disposable {
  const loops = Array.from(
    { length: count },
    () =>
      new Deno.Command("sh", {
        args: ["-c", "while :; do :; done"],
        stdin: "null",
      }).spawn(),
  );
  return {
    [Symbol.dispose]: () => loops.forEach((loop) => loop.kill("SIGKILL")),
  };
}

await script("flicker", async () => {
  const { runs, load, selection } = parse(Deno.args);
  const repetitions: Repetition[] = [];
  using _busy = busyLoops(load);
  for (let run = 1; run <= runs; run++) {
    console.log(`=== run ${run} of ${runs}, beside ${load} busy loops`);
    repetitions.push(await suite(selection));
  }
  console.log(flickerText(repetitions, load));
  if (repetitions.some(({ isOk }) => !isOk)) Deno.exitCode = 1;
});
