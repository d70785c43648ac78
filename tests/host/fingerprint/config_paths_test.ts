/** What a watched path is, and where `..` leads. */
import assert from "node:assert/strict";
import { describeConfig } from "../../../src/manager/announcement.ts";
import {
  pathsToWatch,
  withPatterns,
} from "../../../src/host/fingerprint/config_paths.ts";
import { isMountedFile } from "../../../src/host/files/mount.ts";
import { settingsOf } from "../../manager/settings.ts";
import { run, tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

Deno.test("`..` behind a symlink is the parent of its target, as the kernel has it", async () => {
  await using directory = await tempDirectory();
  const root = await Deno.realPath(directory.path);
  await Deno.mkdir(`${root}/store/deep`, { recursive: true });
  await Deno.symlink("store/deep", `${root}/link`);
  const where = (path: string) => pathsToWatch([{ path, named: true }])[0].path;
  assert.equal(where(`${root}/link/../c`), `${root}/store/c`);
  assert.equal(where(`${root}/link/../../c`), `${root}/c`);
  assert.equal(where(`${root}/store/../c`), `${root}/c`);
  assert.equal(where("/../etc"), "/etc");
  assert.equal(where(`${root}/none/../c`), `${root}/none/../c`);
  assert.equal(where(`${root}/..data`), `${root}/..data`);
  assert.equal(where("../c"), "../c");
});

Deno.test("a path is described by what it is", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/file`, "");
  await Deno.symlink("file", `${path}/link`);
  await Deno.symlink("nowhere", `${path}/dangling`);
  const said = (name: string, named = true) => {
    return describeConfig({ path: `${path}/${name}`, named }, []).text;
  };
  assert.match(said("file"), /is a regular file$/);
  assert.match(said("link"), /is a symlink pointing to .*\/file$/);
  assert.match(said("dangling"), /is a symlink pointing to nowhere$/);
  assert.match(said(""), /is a directory$/);
  await run("mkfifo", `${path}/fifo`);
  assert.match(said("fifo"), /fifo is neither a file nor a directory$/);
  assert.match(said("none"), /does not exist yet, watching/);
  assert.match(said("none", false), /does not exist, using no-op watcher$/);
});

Deno.test("a built-in default that is not there is not watched, a named path is", () => {
  const configs = [
    { path: "/nothing/here", named: false },
    { path: "/nothing/there", named: true },
  ];
  assert.deepEqual(pathsToWatch(configs).map(({ path }) => path), [
    "/nothing/there",
  ]);
});

Deno.test("a plain file is no mount", async () => {
  await using directory = await tempDirectory();
  await Deno.writeTextFile(`${directory.path}/file`, "");
  assert.equal(isMountedFile(`${directory.path}/file`), false);
  assert.equal(isMountedFile(`${directory.path}/none`), false);
});

Deno.test("the last part of a path that does not exist may be a pattern", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/[x].conf`, "");
  const split = (...configs: readonly string[]) =>
    withPatterns(settingsOf(...configs.map((each) => `--config=${each}`)))
      .configs.map(({ path, pattern }) => [path, pattern]);
  assert.deepEqual(
    split(
      ...[`${path}/*.yaml`, "*.yaml", "/*.yaml", "./d/{a,b}"],
      ...[`${path}/[x].conf`, `${path}/*/x`, `${path}/x`, `${path}/d*/`],
    ),
    [
      ...[[path, "*.yaml"], [".", "*.yaml"], ["/", "*.yaml"]],
      ...[["./d", "{a,b}"], [`${path}/[x].conf`, undefined]],
      ...[[`${path}/*/x`, undefined], [`${path}/x`, undefined]],
      [`${path}/d*/`, undefined],
    ],
  );
  const { configs } = withPatterns(
    settingsOf("--config=", `--env-file=${path}/*.env`),
  );
  assert.deepEqual(configs.map(({ path }) => path), [`${path}/*.env`]);
});

Deno.test("a pattern is described by how many files match", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const said = () =>
    describeConfig({ path, named: true, pattern: "*.yaml" }, ["b*"]).text;
  const what = `Config pattern ${path}/*.yaml matches`;
  assert.equal(said(), `${what} no file yet, watching for one to appear`);
  for (const name of ["a.yaml", "b.yaml", "c.json"]) {
    await Deno.writeTextFile(`${path}/${name}`, "");
  }
  assert.equal(said(), `${what} 1 file`);
  await Deno.writeTextFile(`${path}/c.yaml`, "");
  assert.equal(said(), `${what} 2 files`);
});
