/** How far content is known by metadata. */
import assert from "node:assert/strict";
import { metadataOf } from "../../../src/host/files/metadata.ts";
import {
  RACY_MS,
  ReadMemory,
} from "../../../src/host/fingerprint/read_memory.ts";

const WALL_MS = 1_800_000_000_000;

/** A memory under clocks that are moved by hand. */
function memory() {
  const clock = { nowMs: 0, wallMs: WALL_MS };
  const known = new ReadMemory(() => clock.wallMs);
  const file = (ino: number, changedMs: number) => ({
    dev: 1,
    ino,
    size: 10,
    mtime: new Date(changedMs),
    ctime: new Date(changedMs),
  });
  /** One walk that comes by this file, and reads it if that is needed. */
  const walk = (
    info: ReturnType<typeof file>,
    content: string,
    reads = true,
  ) => {
    known.begin();
    const had = known.identityOf(metadataOf(info), reads);
    if (had === undefined && reads) {
      known.remember("/file", info, content, clock.nowMs);
    }
    known.end();
    return had;
  };
  const pass = (ms: number) => {
    clock.nowMs += ms;
    clock.wallMs += ms;
  };
  return { known, clock, file, walk, pass };
}

Deno.test("what was old when it was first read is known by its metadata", () => {
  const { known, file, walk } = memory();
  const old = file(1, WALL_MS - RACY_MS);
  assert.equal(walk(old, "A"), undefined);
  assert.equal(walk(old, "A"), "A");
  assert.equal(known.isDoubtful, false);
});

Deno.test("what was changed shortly before it was read is read again, until a read came late enough", () => {
  const { known, file, walk, pass } = memory();
  const fresh = file(1, WALL_MS - 100);
  walk(fresh, "A");
  assert.equal(known.isDoubtful, true);
  pass(RACY_MS - 1);
  assert.equal(walk(fresh, "B"), undefined);
  pass(1);
  assert.equal(walk(fresh, "C"), undefined);
  assert.equal(known.isDoubtful, false);
  assert.equal(walk(fresh, "D"), "C");
});

Deno.test("the clock of a file system may be behind: what appears is read again, however old it looks", () => {
  const { known, file, walk, pass } = memory();
  walk(file(1, WALL_MS - 60_000), "A");
  const behind = file(2, WALL_MS - 30_000);
  walk(behind, "B");
  assert.equal(known.isDoubtful, true);
  assert.equal(walk(behind, "C"), undefined);
  pass(RACY_MS);
  walk(behind, "D");
  assert.equal(walk(behind, "E"), "D");
});

Deno.test("the clock of a file system may be ahead: that is no reason to read for ever", () => {
  const { known, file, walk, pass } = memory();
  const ahead = file(1, WALL_MS + 3_600_000);
  walk(ahead, "A");
  pass(RACY_MS);
  walk(ahead, "A");
  assert.equal(known.isDoubtful, false);
  assert.equal(walk(ahead, "B"), "A");
});

Deno.test("where nothing may be read, what is known is told, also if it is doubtful", () => {
  const { file, walk } = memory();
  const fresh = file(1, WALL_MS);
  walk(fresh, "A");
  assert.equal(walk(fresh, "B", false), "A");
});

Deno.test("what a walk has not come by is forgotten, and what is forgotten is read", () => {
  const { known, file, walk } = memory();
  const [one, other] = [file(1, 0), file(2, 0)];
  walk(one, "A");
  const [read] = known.files();
  assert.equal(known.has(read), true);
  walk(other, "B");
  assert.equal(known.has(read), false);
  const [kept] = known.files();
  assert.deepEqual(kept, {
    path: "/file",
    size: 10,
    metadata: metadataOf(other),
    identity: "B",
  });
  known.forget(kept);
  assert.equal(walk(other, "C"), undefined);
});
