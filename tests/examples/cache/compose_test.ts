/** compose.yaml and the kustomization: their variables are the service's. */
import { equal } from "node:assert/strict";
// @ts-types="../../../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { readSettings } from "../../../examples/cache/settings.ts";
import { ROOT } from "../../../scripts/denort.ts";

interface Compose {
  readonly services: Readonly<
    Record<string, {
      readonly environment: Readonly<Record<string, string>>;
    }>
  >;
}

Deno.test("cache: compose.yaml and the kustomization name variables that there are", async () => {
  const text = await Deno.readTextFile(`${ROOT}examples/cache/compose.yaml`);
  const [{ services }] = parseAll(text) as [Compose];
  for (const name of ["api", "worker"]) {
    const { environment } = services[name] ?? {};
    const file = await Deno.makeTempFile();
    const lines = Object.entries(environment ?? {}).map((pair) =>
      pair.join("=")
    );
    await Deno.writeTextFile(file, lines.join("\n"));
    // A file is refused for a name that there is not.
    equal(readSettings([file], {}).POSTGRES_HOST, "postgres");
    await Deno.remove(file);
  }
  const files = ["kubernetes", "batch"].map((name) =>
    `${ROOT}examples/cache/conf/${name}.env`
  );
  equal(readSettings(files, {}).POSTGRES_HOST, "birb-nest-postgres");
});
