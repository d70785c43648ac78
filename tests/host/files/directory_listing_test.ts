/** Names in a directory, up to a limit. */
import assert from "node:assert/strict";
import {
  holdsFifo,
  listDirectory,
} from "../../../src/host/files/directory_listing.ts";
import "../loaded_libc.ts";
import { run, tempDirectory } from "../temp.ts";

/** More than one buffer holds. */
const MANY = 5_000;

Deno.test("all names are listed, or no more than asked for", async () => {
  await using directory = await tempDirectory();
  const names = Array.from({ length: MANY }, (_, at) => `name-${at}`);
  for (const name of names) {
    Deno.createSync(`${directory.path}/${name}`).close();
  }
  const all = listDirectory(directory.path, MANY);
  assert.deepEqual([...all.names].sort(), names.sort());
  assert.equal(all.complete, true);
  const some = listDirectory(directory.path, 10);
  assert.equal(some.names.length, 10);
  assert.equal(some.complete, false);
});

Deno.test("an empty directory has no names; hidden ones and those that begin with dots are names", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  assert.deepEqual(listDirectory(path, 0), { names: [], complete: true });
  for (const name of [".a", "..b", "...", "ü"]) {
    Deno.mkdirSync(`${path}/${name}`);
  }
  const { names } = listDirectory(path, 10);
  assert.deepEqual([...names].sort(), ["...", "..b", ".a", "ü"]);
});

Deno.test("a name that is not UTF-8 is left out", async () => {
  await using directory = await tempDirectory();
  await run("sh", "-c", `touch "$(printf '${directory.path}/\\377')"`);
  assert.deepEqual(listDirectory(directory.path, 10).names, []);
});

Deno.test("what is no directory that can be read is told with the runtime's errors", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/none`;
  assert.throws(() => listDirectory(path, 10), Deno.errors.NotFound);
  Deno.writeTextFileSync(path, "");
  assert.throws(() => listDirectory(path, 10), Deno.errors.NotADirectory);
});

Deno.test("a FIFO is found among the entries, as far as these are looked at", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/a`, "");
  Deno.mkdirSync(`${path}/b`);
  assert.equal(holdsFifo(path, 10), false);
  assert.equal(holdsFifo(path, 1), "unknown");
  await run("mkfifo", `${path}/c`);
  assert.equal(holdsFifo(path, 10), true);
});
