/** What is in a directory and below it, entry by entry. */
import assert from "node:assert/strict";
import { runMaybeAsync } from "../../../src/host/base/maybe_async.ts";
import {
  DEPTH_MAX,
  DirectoryWalk,
} from "../../../src/host/fingerprint/directory_walk.ts";
import { FileIdentities } from "../../../src/host/fingerprint/file_identity.ts";
import { faultOf } from "../../../src/host/fingerprint/path_fault.ts";
import { EVERYTHING } from "../../../src/host/fingerprint/selection.ts";
import { ReadMemory } from "../../../src/host/fingerprint/read_memory.ts";
import {
  newSum,
  type WalkDepth,
} from "../../../src/host/fingerprint/walk_sum.ts";
import "../loaded_libc.ts";
import { tempDirectory } from "../temp.ts";

/** Walks a directory; the counts are those that the walk has told of. */
async function walked(path: string, depth: WalkDepth = "content") {
  const memory = new ReadMemory(Date.now);
  const breathe = function* () {};
  const files = new FileIdentities("content", memory, breathe);
  const counts: number[] = [];
  const onEntries = (count: number) => void counts.push(count);
  const walk = new DirectoryWalk({
    memory,
    files,
    selection: EVERYTHING,
    breathe,
    onEntries,
  });
  const sum = newSum(depth);
  await runMaybeAsync(walk.add(path, Deno.statSync(path), sum));
  return { counts, entries: sum.entries, digest: sum.content.digest("hex") };
}

Deno.test("a link to a directory that it is in is an entry, and not followed for ever", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.mkdir(`${path}/below`);
  await Deno.symlink("..", `${path}/below/up`);
  await Deno.writeTextFile(`${path}/file`, "content");
  assert.equal((await walked(path)).entries, 3);
});

Deno.test("entries are told as they come, but not where only names are looked at", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/a`, "");
  await Deno.writeTextFile(`${path}/b`, "");
  assert.deepEqual((await walked(path)).counts, [1, 2]);
  assert.deepEqual((await walked(path, "names")).counts, []);
});

Deno.test("names that begin with .. are no entries", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/a`, "");
  const before = await walked(path);
  await Deno.writeTextFile(`${path}/..data`, "new");
  assert.deepEqual(await walked(path), before);
});

Deno.test("directories that are nested too deep are a fault", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  const deepest = Array.from({ length: DEPTH_MAX - 1 }, () => "d").join("/");
  await Deno.mkdir(`${path}/${deepest}`, { recursive: true });
  await walked(path);
  await Deno.mkdir(`${path}/${deepest}/d/d`, { recursive: true });
  const error = await walked(path).catch((error) => error);
  assert.equal(
    faultOf(error).detail,
    `has directories nested deeper than ${DEPTH_MAX}`,
  );
});
