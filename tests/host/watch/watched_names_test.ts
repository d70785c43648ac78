/** Which directories are watched, and for which names. */
import { deepEqual } from "node:assert/strict";
import { namesByDirectory } from "../../../src/host/watch/watched_names.ts";
import { tempDirectory } from "../temp.ts";

Deno.test("a file is watched through its directory, a directory itself", async () => {
  await using temp = await tempDirectory();
  const { path } = temp;
  Deno.mkdirSync(`${path}/d`);
  const names = (...paths: string[]) =>
    namesByDirectory(paths.map((path) => ({ path, named: true })));
  deepEqual(
    names(`${path}/a`, `${path}/b`, `${path}/d/c`),
    new Map([
      [path, new Set(["a", "b"])],
      [`${path}/d`, new Set(["c"])],
    ]),
  );
  // All of a directory, whatever else of it is named.
  const all = new Map([[`${path}/d`, "all"]]);
  deepEqual(names(`${path}/d/`), all);
  deepEqual(names(`${path}/d`, `${path}/d/c`), all);
  deepEqual(names(`${path}/d/c`, `${path}/d`), all);
});
