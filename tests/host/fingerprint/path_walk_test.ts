/** Walks over one path. */
import assert from "node:assert/strict";
import {
  isProvisional,
  type PathPrint,
} from "../../../src/core/vocabulary/fingerprint.ts";
import { runMaybeAsync } from "../../../src/host/base/maybe_async.ts";
import { BYTES_MAX } from "../../../src/host/fingerprint/file_identity.ts";
import { isNameless } from "../../../src/host/fingerprint/path_print.ts";
import {
  ENTRIES_MAX,
  PathWalk,
} from "../../../src/host/fingerprint/path_walk.ts";
import { LARGE_BYTES } from "../../../src/host/files/regular_file.ts";
import { Selection } from "../../../src/host/fingerprint/selection.ts";
import type { WalkDepth } from "../../../src/host/fingerprint/walk_sum.ts";
import "../loaded_libc.ts";
import { tempDirectory } from "../temp.ts";

async function found(walk: PathWalk, depth: WalkDepth) {
  const print = await runMaybeAsync(walk.take(depth));
  assert.notEqual(print.kind, "fault");
  return print as Exclude<PathPrint, { kind: "fault" }>;
}

/** A file that takes no room on the disk. */
function sparse(path: string, bytes: number): string {
  Deno.writeTextFileSync(path, "");
  Deno.truncateSync(path, bytes);
  return path;
}

/** Calls `then` when the metadata of this path have been looked at, once. */
function afterLookAt(path: string, then: () => void): Disposable {
  const { statSync } = Deno;
  Deno.statSync = (at) => {
    const info = statSync(at);
    if (at === path) {
      Deno.statSync = statSync;
      then();
    }
    return info;
  };
  return { [Symbol.dispose]: () => void (Deno.statSync = statSync) };
}

Deno.test("a file that is replaced before it is opened, alone or in a directory, is seen as if it had been replaced earlier", async () => {
  for (const name of ["", "/entry"]) {
    await using directory = await tempDirectory();
    const path = `${directory.path}/watched`;
    if (name !== "") await Deno.mkdir(path);
    const file = `${path}${name}`;
    const replacement = `${directory.path}/new`;
    await Deno.writeTextFile(file, "earlier");
    await Deno.writeTextFile(replacement, "the later content");
    const walk = new PathWalk(path, "content");
    using _hook = afterLookAt(file, () => Deno.renameSync(replacement, file));
    const raced = await found(walk, "content");
    assert.throws(() => Deno.statSync(replacement), Deno.errors.NotFound);
    const later = await found(new PathWalk(path, "content"), "content");
    if (name !== "") {
      // The directory itself was looked at before the rename.
      assert.deepEqual([raced.identity, raced.size], [
        later.identity,
        later.size,
      ]);
    } else assert.deepEqual(raced, later);
  }
});

Deno.test("a file that is larger than the limit is judged by its metadata, and never read", async () => {
  await using directory = await tempDirectory();
  const path = sparse(`${directory.path}/huge`, BYTES_MAX + 1);
  const walk = new PathWalk(path, "content");
  const print = await found(walk, "content");
  assert.equal(print.coarse, "is larger than 1 GiB");
  assert.equal(isProvisional(print.identity), false);
  assert.equal(walk.progress.bytes, 0);
  Deno.truncateSync(path, BYTES_MAX + 2);
  assert.notEqual((await found(walk, "metadata")).identity, print.identity);
});

Deno.test("of a directory, the files beyond the limit are judged by their metadata", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/a`, "A");
  sparse(`${path}/b`, BYTES_MAX);
  Deno.writeTextFileSync(`${path}/c`, "C");
  const walk = new PathWalk(path, "content");
  const first = await found(walk, "content");
  assert.equal(first.coarse, "holds more than 1 GiB");
  Deno.writeTextFileSync(`${path}/a`, "B");
  const second = await found(walk, "content");
  assert.notEqual(second.identity, first.identity);
  Deno.writeTextFileSync(`${path}/c`, "DD");
  assert.notEqual((await found(walk, "content")).identity, second.identity);
});

Deno.test("a file that has many names is read once", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.writeFileSync(`${path}/..file`, new Uint8Array(2 * LARGE_BYTES));
  for (let at = 0; at < 50; at++) Deno.symlinkSync("..file", `${path}/${at}`);
  const walk = new PathWalk(path, "content");
  await found(walk, "content");
  assert.deepEqual(walk.progress, { bytes: 2 * LARGE_BYTES, entries: 50 });
});

Deno.test("the metadata without the content are those that a reading finds", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/sub`);
  Deno.writeTextFileSync(`${path}/sub/small`, "A");
  Deno.writeFileSync(`${path}/large`, new Uint8Array(LARGE_BYTES + 1));
  Deno.symlinkSync("nowhere", `${path}/link`);
  for (const at of [path, `${path}/large`, `${path}/sub/small`]) {
    const walk = new PathWalk(at, "content");
    const named = await found(walk, "names");
    assert.ok(isProvisional(named.identity));
    const read = await found(walk, "content");
    assert.equal(read.metadata, named.metadata);
    assert.deepEqual(await found(walk, "names"), read);
  }
});

Deno.test("metadata that take too long to find out are told to equal none", async () => {
  await using directory = await tempDirectory();
  for (let at = 0; at < 3_000; at++) {
    Deno.createSync(`${directory.path}/${at}`).close();
  }
  const walk = new PathWalk(directory.path, "content");
  const name = (endsAt: number) => runMaybeAsync(walk.name(endsAt));
  assert.equal(isNameless(await name(-Infinity)), true);
  assert.equal(isNameless(await name(Infinity)), false);
});

Deno.test("a directory with too many entries is judged by its metadata, all beside it by its content", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/many`);
  for (let at = 0; at < ENTRIES_MAX; at++) {
    Deno.createSync(`${path}/many/${at}`).close();
  }
  Deno.writeTextFileSync(`${path}/aside`, "A");
  Deno.writeTextFileSync(`${path}/zone`, "A");
  const walk = new PathWalk(path, "content");
  const identities = new Set<string>();
  const look = async () => {
    const { identity, coarse, entries } = await found(walk, "content");
    assert.equal(coarse, "has more than 50000 entries");
    // Nobody knows which of them are gone.
    assert.equal(entries, undefined);
    identities.add(identity);
  };
  await look();
  await look();
  assert.equal(identities.size, 1);
  Deno.writeTextFileSync(`${path}/aside`, "B");
  await look();
  Deno.writeTextFileSync(`${path}/zone`, "B");
  await look();
  Deno.removeSync(`${path}/many/7`);
  Deno.createSync(`${path}/many/new`).close();
  await look();
  assert.equal(identities.size, 4);
});

Deno.test("the entries of a directory, without what is ignored, and none of a file", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.mkdirSync(`${path}/b`);
  Deno.mkdirSync(`${path}/cache`);
  for (const name of ["a", "a~", "b/x", "b/x~", "cache/y", "..data"]) {
    Deno.writeTextFileSync(`${path}/${name}`, "A");
  }
  const selection = new Selection(["*~", "cache/"]);
  const walk = new PathWalk(path, "content", selection);
  const first = await found(walk, "content");
  assert.deepEqual(first.entries?.labels, ["a", "b", "b/x"]);
  Deno.writeTextFileSync(`${path}/a~`, "B");
  Deno.writeTextFileSync(`${path}/cache/y`, "B");
  const second = await found(walk, "content");
  assert.deepEqual([second.identity, second.entries], [
    first.identity,
    first.entries,
  ]);
  assert.equal(second.entries, first.entries);
  const file = new PathWalk(`${path}/a~`, "content", selection);
  assert.equal((await found(file, "content")).entries, undefined);
});

Deno.test("a pattern without a match is like a path that is missing, one below a file is a fault", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const take = (at: string) => {
    const walk = new PathWalk(at, "content", new Selection(["*~"], "*.yaml*"));
    return runMaybeAsync(walk.take("content"));
  };
  Deno.writeTextFileSync(`${path}/a.json`, "A");
  Deno.writeTextFileSync(`${path}/a.yaml~`, "A");
  const fault = (fault: string, detail: string) => ({
    kind: "fault",
    fault,
    detail,
  });
  const none = fault("missing", "no file matches");
  assert.deepEqual(await take(path), none);
  const gone = fault("missing", "does not exist");
  assert.deepEqual(await take(`${path}/none`), gone);
  const below = fault("unsupported", "is not below a directory");
  assert.deepEqual(await take(`${path}/a.json`), below);
  Deno.writeTextFileSync(`${path}/a.yaml`, "A");
  const print = await take(path);
  assert.equal(print.kind, "directory");
});
