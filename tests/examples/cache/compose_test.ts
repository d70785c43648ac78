/** compose.yaml: its variables are the service's, and its options flush-manager's. */
import { equal } from "node:assert/strict";
// @ts-types="../../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { readSettings } from "../../../examples/cache/settings.ts";
import { ROOT } from "../../../scripts/denort.ts";
import { run } from "../../../scripts/shell.ts";
import { EXECUTABLE } from "../../e2e/harness.ts";

interface Compose {
  readonly services: Readonly<
    Record<string, {
      readonly environment: Readonly<Record<string, string>>;
      readonly command: readonly string[];
    }>
  >;
}

Deno.test("cache: compose.yaml names variables and options that there are", async () => {
  const text = await Deno.readTextFile(`${ROOT}examples/cache/compose.yaml`);
  const [{ services }] = parseAll(text) as [Compose];
  for (const name of ["api", "worker"]) {
    const { environment, command } = services[name] ?? {};
    const file = await Deno.makeTempFile();
    const lines = Object.entries(environment ?? {}).map((pair) =>
      pair.join("=")
    );
    await Deno.writeTextFile(file, lines.join("\n"));
    // A file is refused for a name that there is not.
    equal(readSettings([file], {}).POSTGRES_HOST, "postgres");
    await Deno.remove(file);
    const { code, stderr } = await run(
      EXECUTABLE,
      ["check", ...command ?? []],
      {
        cwd: `${ROOT}examples/cache`,
      },
    );
    // A file or a host that is not here is a fault (1), an unknown option is 2.
    equal(code <= 1, true, stderr);
  }
});
