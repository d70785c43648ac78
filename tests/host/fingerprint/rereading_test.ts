/** Files whose metadata have not moved are read again. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { runMaybeAsync } from "../../../src/host/base/maybe_async.ts";
import { PathWalk } from "../../../src/host/fingerprint/path_walk.ts";
import { LARGE_BYTES } from "../../../src/host/files/regular_file.ts";
import type { WalkDepth } from "../../../src/host/fingerprint/walk_sum.ts";
import "../loaded_libc.ts";
import {
  rewriteInPlace,
  withinOneSecond,
} from "../../fixtures/unnoticed_writes.ts";
import { tempDirectory } from "../temp.ts";

async function found(walk: PathWalk, depth: WalkDepth) {
  const print = await runMaybeAsync(walk.take(depth));
  assert.notEqual(print.kind, "fault");
  return print as Exclude<PathPrint, { kind: "fault" }>;
}

/** A file, known by a walk, and then rewritten without a trace in its metadata. */
function rewrittenUnseen(path: string, bytes: number) {
  Deno.writeTextFileSync(path, "A".repeat(bytes));
  return withinOneSecond(async () => {
    rewriteInPlace(path, "A".repeat(bytes));
    const walk = new PathWalk(path, "content");
    const before = await found(walk, "content");
    rewriteInPlace(path, "B".repeat(bytes));
    return { walk, before, after: await found(walk, "names") };
  });
}

for (const bytes of [1_000, LARGE_BYTES + 1]) {
  Deno.test(`a file of ${bytes} bytes that was rewritten without a trace is found when it is read again`, async () => {
    await using directory = await tempDirectory();
    const path = `${directory.path}/file`;
    const { walk, before, after } = await rewrittenUnseen(path, bytes);
    assert.deepEqual(after, before, "its metadata are the same");
    const files = await runMaybeAsync(walk.verify(bytes));
    assert.deepEqual(files, [], "it costs more than that");
    assert.deepEqual(await runMaybeAsync(walk.verify(LARGE_BYTES)), [path]);
    const read = await found(walk, "content");
    assert.notEqual(read.identity, before.identity);
    assert.deepEqual(await runMaybeAsync(walk.verify(4 * LARGE_BYTES)), []);
  });
}

Deno.test("what is large or much is read again over several rounds", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  for (const name of ["a", "b", "c"]) {
    Deno.writeFileSync(`${path}/${name}`, new Uint8Array(LARGE_BYTES));
  }
  const walk = await withinOneSecond(async () => {
    rewriteInPlace(`${path}/c`, "A");
    const read = new PathWalk(path, "content");
    await found(read, "content");
    rewriteInPlace(`${path}/c`, "B");
    return read;
  });
  const rounds: (readonly string[])[] = [];
  for (let round = 0; round < 4; round++) {
    rounds.push(await runMaybeAsync(walk.verify(LARGE_BYTES)));
  }
  assert.deepEqual(rounds, [[], [], [], [`${path}/c`]]);
});

Deno.test("a file that is gone, or has moved, is no finding of a reading", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/a`, "A");
  Deno.writeTextFileSync(`${path}/b`, "A");
  const walk = new PathWalk(path, "content");
  await found(walk, "content");
  Deno.removeSync(`${path}/a`);
  Deno.writeTextFileSync(`${path}/b`, "longer");
  assert.deepEqual(await runMaybeAsync(walk.verify(LARGE_BYTES)), []);
});
