/** The archive and its file: readable by tar, for its owner alone, never in the place of another. */
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import {
  ArchiveFile,
  archiveName,
  baseName,
  packed,
} from "../../src/diagnose/archive.ts";
import { tempDirectory } from "../host/temp.ts";

const AT = new Date("2026-01-02T03:04:05.678Z");

const namesIn = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

Deno.test("the name has the time, to the second", () => {
  equal(archiveName(AT), "flush-manager-diagnose-20260102-030405.tar.gz");
  equal(baseName(AT), "flush-manager-diagnose-20260102-030405");
});

Deno.test("tar unpacks all of it, long names and other letters too", async () => {
  await using directory = await tempDirectory();
  const names = ["a.txt", `${"long/".repeat(60)}name.txt`, "straße/ü €.txt"];
  const entries = names.map((name) => ({ name, text: `in ${name}` }));
  const path = `${directory.path}/a.tar.gz`;
  await Deno.writeFile(path, await packed(entries, "folder", AT));
  const { success } = await new Deno.Command("tar", {
    args: ["-xpzf", path, "-C", directory.path],
  }).output();
  equal(success, true);
  for (const name of names) {
    const file = `${directory.path}/folder/${name}`;
    equal(Deno.readTextFileSync(file), `in ${name}`);
    const { mode, mtime } = Deno.statSync(file);
    equal((mode ?? 0) & 0o777, 0o600);
    equal(mtime?.getTime(), Math.floor(AT.getTime() / 1_000) * 1_000);
  }
});

Deno.test("a file gets its name when it is complete, for its owner alone", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/a.tar.gz`;
  const file = new ArchiveFile(path);
  deepEqual(namesIn(directory.path), [`.a.tar.gz.${Deno.pid}`]);
  await file.finish(new Uint8Array([1, 2, 3]));
  deepEqual(namesIn(directory.path), ["a.tar.gz"]);
  deepEqual([...Deno.readFileSync(path)], [1, 2, 3]);
  equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
});

Deno.test("a file that is there, or came meanwhile, is kept, and nothing else is left", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/a.tar.gz`;
  const late = new ArchiveFile(path);
  Deno.writeTextFileSync(path, "kept");
  await rejects(late.finish(new Uint8Array(1)), Deno.errors.AlreadyExists);
  throws(() => new ArchiveFile(path), Deno.errors.AlreadyExists);
  equal(Deno.readTextFileSync(path), "kept");
  deepEqual(namesIn(directory.path), ["a.tar.gz"]);
  Deno.removeSync(path);
  Deno.symlinkSync("nowhere", path);
  throws(() => new ArchiveFile(path), Deno.errors.AlreadyExists);
});

Deno.test("what is discarded leaves nothing", async () => {
  await using directory = await tempDirectory();
  new ArchiveFile(`${directory.path}/a.tar.gz`).discard();
  deepEqual(namesIn(directory.path), []);
});
