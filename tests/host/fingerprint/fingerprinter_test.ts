/** Fingerprints of real files. */
import "../loaded_libc.ts";
import assert from "node:assert/strict";
import {
  firstDifference,
  isProvisional,
  type PathPrint,
} from "../../../src/core/vocabulary/fingerprint.ts";
import type { Depth } from "../../../src/core/vocabulary/observation.ts";
import {
  Fingerprinter,
  type Look,
} from "../../../src/host/fingerprint/fingerprinter.ts";
import { attend, awakeNow } from "../../../src/host/base/clock.ts";
import { BYTES_MAX } from "../../../src/host/fingerprint/file_identity.ts";
import { SLICE_MS } from "../../../src/host/fingerprint/path_walk.ts";
import { LARGE_BYTES } from "../../../src/host/files/regular_file.ts";
import { Looks } from "../fingerprints.ts";
import { run, tempDirectory } from "../temp.ts";

async function changes(
  path: string,
  act: () => Promise<unknown>,
  compare: "content" | "metadata" = "content",
): Promise<boolean> {
  const fingerprinter = new Looks([path], compare);
  const before = await fingerprinter.look("content");
  await act();
  const after = await fingerprinter.look("content");
  return firstDifference(before, after) !== undefined;
}

Deno.test("content decides: a rewrite, a touch, a chmod and another inode are no change", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await Deno.writeTextFile(path, "A");
  assert.equal(await changes(path, () => Deno.writeTextFile(path, "A")), false);
  assert.equal(await changes(path, () => Deno.utime(path, 1, 1)), false);
  assert.equal(await changes(path, () => Deno.chmod(path, 0o400)), false);
  const replace = async () => {
    await Deno.writeTextFile(`${path}.new`, "A");
    await Deno.rename(`${path}.new`, path);
  };
  assert.equal(await changes(path, replace), false);
  assert.equal(await changes(path, replace, "metadata"), true);
  assert.equal(await changes(path, () => Deno.writeTextFile(path, "B")), true);
});

Deno.test("rewrites of the same size within one timestamp are all seen", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await Deno.writeTextFile(path, "0000");
  const fingerprinter = new Looks([path], "content");
  let before = await fingerprinter.look("metadata");
  for (let round = 1; round <= 300; round++) {
    await Deno.writeTextFile(path, String(round).padStart(4, "0"));
    const after = await fingerprinter.look("metadata");
    assert.equal(firstDifference(before, after), 0, `round ${round}`);
    before = after;
  }
});

Deno.test("an old mtime on new content is a change", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await Deno.writeTextFile(path, "A");
  assert.ok(
    await changes(path, async () => {
      await Deno.writeTextFile(path, "B");
      await Deno.utime(path, 631_152_000, 631_152_000);
    }),
  );
});

Deno.test("what is no regular file is a fault and never opened", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await run("mkfifo", path);
  const [fifo, missing, device] = await new Looks(
    [path, `${path}.missing`, "/dev/null"],
    "content",
  ).look("content");
  assert.deepEqual(fifo, {
    kind: "fault",
    fault: "unsupported",
    detail: "is a FIFO",
  });
  assert.equal(missing.kind === "fault" && missing.fault, "missing");
  assert.equal(device.kind === "fault" && device.detail, "is a device");
});

Deno.test("a dangling link is missing, a healed one is a change", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/link`;
  await Deno.symlink("target", path);
  assert.ok(
    await changes(
      path,
      () => Deno.writeTextFile(`${directory.path}/target`, "A"),
    ),
  );
});

Deno.test("a directory is its visible names and their content, through links", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.mkdir(`${path}/..v1`);
  await Deno.writeTextFile(`${path}/..v1/key`, "A");
  await Deno.symlink("..v1", `${path}/..data`);
  await Deno.symlink("..data/key", `${path}/key`);
  await Deno.mkdir(`${path}/sub`);
  await Deno.symlink("..", `${path}/sub/loop`);
  await Deno.writeTextFile(`${path}/sub/deep`, "A");
  const same = [
    () => Deno.mkdir(`${path}/..v2`),
    () => Deno.writeTextFile(`${path}/..v2/key`, "A"),
    () => Deno.writeTextFile(`${path}/key`, "A"),
  ];
  for (const act of same) assert.equal(await changes(path, act), false);
  const other = [
    () => Deno.writeTextFile(`${path}/key`, "B"),
    () => Deno.writeTextFile(`${path}/sub/deep`, "B"),
    () => Deno.writeTextFile(`${path}/new`, ""),
    () => Deno.rename(`${path}/new`, `${path}/renamed`),
    () => Deno.remove(`${path}/renamed`),
    () => Deno.symlink("nowhere", `${path}/dangling`),
  ];
  for (const act of other) assert.equal(await changes(path, act), true);
});

Deno.test("a link round in circles is an entry like one that leads nowhere, not a fault of its directory", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.mkdir(`${path}/sub`);
  await Deno.writeTextFile(`${path}/sub/key`, "A");
  await Deno.symlink("loop", `${path}/sub/loop`);
  const [print] = await new Looks([path], "content").look("content");
  assert.equal(print.kind, "directory");
  const other = [
    () => Deno.writeTextFile(`${path}/sub/key`, "B"),
    () => Deno.rename(`${path}/sub/loop`, `${path}/sub/knot`),
    () => Deno.remove(`${path}/sub/knot`),
  ];
  for (const act of other) assert.equal(await changes(path, act), true);
});

Deno.test("a large file is read only when content is asked for", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/large`;
  const bytes = new Uint8Array(LARGE_BYTES + 1);
  await Deno.writeFile(path, bytes);
  const fingerprinter = new Looks([path], "content");
  const identity = async (depth: "metadata" | "content") => {
    const [print] = await fingerprinter.look(depth);
    return print.kind === "fault" ? "" : print.identity;
  };
  assert.ok(isProvisional(await identity("metadata")));
  const first = await identity("content");
  assert.ok(!isProvisional(first));
  assert.equal(await identity("metadata"), first, "unmoved metadata");
  bytes[LARGE_BYTES] = 1;
  await Deno.writeFile(path, bytes);
  assert.notEqual(await identity("content"), first);
});

Deno.test("with nothing to watch there is nothing to see", async () => {
  assert.deepEqual(await new Looks([], "content").look("content"), []);
});

/** A small file, and one that takes long to read, under one fingerprinter. */
function besideLong(path: string) {
  const [small, long] = [`${path}/small`, `${path}/long`];
  Deno.writeTextFileSync(small, "A");
  Deno.writeTextFileSync(long, "");
  Deno.truncateSync(long, BYTES_MAX);
  const read = Promise.withResolvers<Look>();
  const again: Depth[] = [];
  const fingerprinter = new Fingerprinter([small, long], "content", {
    onRead: read.resolve,
    onAgain: (depth) => again.push(depth),
  });
  return { small, long, fingerprinter, read: read.promise, again };
}

const isRead = (print: PathPrint): boolean =>
  print.kind !== "fault" && !isProvisional(print.identity);

Deno.test("what takes long is read beside the looks, which tell of the other paths meanwhile", async () => {
  await using directory = await tempDirectory();
  const { small, fingerprinter, read, again } = besideLong(directory.path);
  const first = await fingerprinter.look("content");
  const answeredAt = awakeNow();
  assert.deepEqual(first.unread.map(({ path }) => path), [1]);
  assert.deepEqual(first.fingerprint.map(isRead), [true, false]);
  Deno.writeTextFileSync(small, "B");
  const askedAt = performance.now();
  const answer = fingerprinter.look("metadata");
  const tookMs = performance.now() - askedAt;
  // There is little to read, so it only waits where this process was kept from running.
  assert.ok(!(answer instanceof Promise) || tookMs >= SLICE_MS, `${tookMs}`);
  const second = await answer;
  assert.equal(firstDifference(first.fingerprint, second.fingerprint), 0);
  assert.deepEqual(second.unread.map(({ path }) => path), [1]);
  const whole = await read;
  assert.deepEqual(whole.unread, []);
  assert.deepEqual(whole.fingerprint.map(isRead), [true, true]);
  assert.equal(firstDifference(second.fingerprint, whole.fingerprint), 1);
  // It is the walk that the first look began.
  assert.ok(whole.startedAt <= answeredAt);
  // A look was asked for since: something may have changed.
  assert.deepEqual(again, ["metadata"]);
});

Deno.test("what has changed by the time it was read is told by its metadata, and read once more", async () => {
  await using directory = await tempDirectory();
  const { long, fingerprinter, read } = besideLong(directory.path);
  await fingerprinter.look("content");
  Deno.writeTextFileSync(`${long}.new`, "short");
  Deno.renameSync(`${long}.new`, long);
  assert.deepEqual((await read).fingerprint.map(isRead), [true, false]);
  const last = await fingerprinter.look("content");
  assert.deepEqual(last.fingerprint.map(isRead), [true, true]);
});

Deno.test("a look is dated on the clock that stands still while we do not run", async () => {
  await using directory = await tempDirectory();
  const { fingerprinter, read } = besideLong(directory.path);
  const leave = attend();
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    const before = awakeNow();
    const { startedAt } = await fingerprinter.look("content");
    const after = awakeNow();
    assert.ok(before <= startedAt && startedAt <= after, `${startedAt}`);
    // The walk that it did not wait for began with it.
    const beside = (await read).startedAt;
    assert.ok(before <= beside && beside <= after, `${beside}`);
  } finally {
    leave();
  }
});
