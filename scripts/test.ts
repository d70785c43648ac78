/**
 * `deno task test`: the tests of the core, of the host's parts and of the
 * compiled executable. Ends with 1 when one has failed.
 *
 *   PATH...          files and folders instead of all
 *   --filter TEXT    the cases whose name holds TEXT, or matches /TEXT/
 *   --part NAME      parallel or timed; both unless given
 */
import { script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";
import { suite } from "./suite/suite.ts";
import { partNamed } from "./suite/part.ts";

await script("test", async () => {
  const args = taskOptions(Deno.args, {
    string: ["filter", "part"],
    words: "PATH...",
  });
  const { isOk } = await suite({
    paths: args._.length === 0 ? undefined : args._.map(String),
    filter: args.filter,
    part: args.part === undefined ? undefined : partNamed(args.part),
  });
  if (!isOk) Deno.exit(1);
});
