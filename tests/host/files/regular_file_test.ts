/** Files that are read, and what is in their place. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  awaiting,
  type MaybeAsync,
  runMaybeAsync,
} from "../../../src/host/base/maybe_async.ts";
import { metadataOf } from "../../../src/host/files/metadata.ts";
import {
  LARGE_BYTES,
  readRegularFile,
  readSmallFile,
} from "../../../src/host/files/regular_file.ts";
import { run, tempDirectory } from "../temp.ts";

/** Reads it; `between` is called between the pieces. */
const read = (path: string, between: (bytes: number) => void = () => {}) =>
  runMaybeAsync(readRegularFile(path, function* (bytes): MaybeAsync<void> {
    between(bytes);
    yield* awaiting(Promise.resolve());
  }));

Deno.test("the digest is that of the bytes, with the metadata that the runtime tells", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  for (const length of [0, 5, LARGE_BYTES, LARGE_BYTES + 1]) {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const content = new Uint8Array(length).map((_, at) => bytes[at % 65_536]);
    Deno.writeFileSync(path, content);
    const reading = await read(path);
    assert.ok(reading !== undefined);
    assert.equal(
      reading.digest,
      createHash("sha256").update(content).digest("hex"),
    );
    assert.equal(metadataOf(reading.info), metadataOf(Deno.statSync(path)));
  }
});

Deno.test("between the pieces of a large file others have their turn, not within a small one", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const pieces: number[] = [];
  Deno.writeFileSync(path, new Uint8Array(LARGE_BYTES));
  await read(path, (bytes) => void pieces.push(bytes));
  assert.equal(pieces.length, 0);
  Deno.writeFileSync(path, new Uint8Array(LARGE_BYTES + 1));
  await read(path, (bytes) => void pieces.push(bytes));
  assert.equal(pieces.reduce((sum, bytes) => sum + bytes, 0), LARGE_BYTES + 1);
  assert.ok(pieces.length > 1);
});

Deno.test("a FIFO, a socket, a device and a directory in a file's place are not read, nor waited for", async () => {
  await using directory = await tempDirectory();
  const fifo = `${directory.path}/fifo`;
  await run("mkfifo", fifo);
  const socket = `${directory.path}/socket`;
  using _listener = Deno.listen({ transport: "unix", path: socket });
  for (const path of [fifo, socket, directory.path, "/dev/zero"]) {
    assert.throws(() => read(path), Deno.errors.NotFound, path);
  }
});

Deno.test("a file that grows while it is read is given up", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  Deno.writeFileSync(path, new Uint8Array(LARGE_BYTES + 1));
  const more = new Uint8Array(LARGE_BYTES);
  const append = () => Deno.writeFileSync(path, more, { append: true });
  assert.equal(await read(path, append), undefined);
});

Deno.test("what is missing or may not be read is told with the runtime's errors", async () => {
  await using directory = await tempDirectory();
  const missing = `${directory.path}/missing`;
  assert.throws(() => read(missing), Deno.errors.NotFound);
  assert.throws(() => read(`${missing}/below`), Deno.errors.NotFound);
});

Deno.test("a small file is read at once, and one byte more than is asked for tells that it has more", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  Deno.writeTextFileSync(path, "12345");
  const text = (maxBytes: number) =>
    new TextDecoder().decode(readSmallFile(path, maxBytes));
  assert.deepEqual([6, 5, 4, 0].map(text), ["12345", "12345", "12345", "1"]);
  const fifo = `${directory.path}/fifo`;
  await run("mkfifo", fifo);
  assert.throws(() => readSmallFile(fifo, 5), Deno.errors.NotFound);
});
