/**
 * `deno task test`: the tests of the core, of the host's parts and of the
 * compiled executable. Ends with 1 when one has failed.
 *
 *   PATH...          files and folders instead of all
 *   --filter TEXT    the cases whose name holds TEXT, or matches /TEXT/
 *   --part NAME      parallel or timed; both unless given
 */
// @ts-types="../types/std_cli_parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { script } from "./shell.ts";
import { suite } from "./suite/suite.ts";
import { partNamed } from "./suite/part.ts";

await script("test", async () => {
  const args = parseArgs(Deno.args, {
    string: ["filter", "part"],
    unknown: (arg, name) => {
      if (name === undefined) return true;
      throw new Error(`Cannot read ${arg}: use PATH..., --filter or --part`);
    },
  });
  const { isOk } = await suite({
    paths: args._.length === 0 ? undefined : args._.map(String),
    filter: args.filter,
    part: args.part === undefined ? undefined : partNamed(args.part),
  });
  if (!isOk) Deno.exit(1);
});
