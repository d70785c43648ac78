/** Which directories are watched, and for which names. */
import { deepEqual } from "node:assert/strict";
import { namesByDirectory } from "../../../src/host/watch/watched_names.ts";
import { tempDirectory } from "../temp.ts";

Deno.test("a file is watched through its directory, a directory itself", async () => {
  await using temp = await tempDirectory();
  const { path } = temp;
  Deno.mkdirSync(`${path}/d`);
  const names = (...paths: string[]) =>
    namesByDirectory(paths.map((path) => ({ path, named: true })), ["*~"]);
  const known = (paths: string[], directory: string) =>
    ["a", "b", "c", "c~"].filter((name) =>
      names(...paths).get(directory)?.has(name)
    );
  const files = [`${path}/a`, `${path}/b`, `${path}/d/c`];
  deepEqual([...names(...files).keys()], [path, `${path}/d`]);
  deepEqual(known(files, path), ["a", "b"]);
  deepEqual(known(files, `${path}/d`), ["c"]);
  // All of a directory but what is ignored, whatever else of it is named.
  for (
    const all of [[`${path}/d/`], [`${path}/d`, `${path}/d/c`], [
      `${path}/d/c`,
      `${path}/d`,
    ]]
  ) {
    deepEqual([...names(...all).keys()], [`${path}/d`]);
    deepEqual(known(all, `${path}/d`), ["a", "b", "c"]);
  }
});

Deno.test("a file that is named itself counts, whatever is ignored", async () => {
  await using temp = await tempDirectory();
  const { path } = temp;
  const configs = [{ path: `${path}/a~`, named: true }];
  const names = namesByDirectory(configs, ["*~"]).get(path);
  deepEqual([names?.has("a~"), names?.has("b~")], [true, false]);
});

Deno.test("of a pattern, the names that match it count", async () => {
  await using temp = await tempDirectory();
  const { path } = temp;
  const configs = [{ path, named: true, pattern: "*.yaml" }];
  const names = namesByDirectory(configs, ["b*"]).get(path);
  const known = ["a.yaml", "b.yaml", "a.json", ".a.yaml"];
  deepEqual(known.filter((name) => names?.has(name)), ["a.yaml"]);
});
