/** Identities of single files. */
import assert from "node:assert/strict";
import { isProvisional } from "../../../src/core/vocabulary/fingerprint.ts";
import type { Compare } from "../../../src/core/vocabulary/settings.ts";
import { runMaybeAsync } from "../../../src/host/base/maybe_async.ts";
import {
  BYTES_MAX,
  FileIdentities,
} from "../../../src/host/fingerprint/file_identity.ts";
import { ReadMemory } from "../../../src/host/fingerprint/read_memory.ts";
import { LARGE_BYTES } from "../../../src/host/files/regular_file.ts";
import {
  newSum,
  type Sum,
  type WalkDepth,
} from "../../../src/host/fingerprint/walk_sum.ts";
import { tempDirectory } from "../temp.ts";

/** SHA-256 of "content". */
const DIGEST =
  "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

/** A walk over files, of which each piece that is read calls `onBytes`, and with 0 the beginning of each file. */
function identities(compare: Compare, onBytes = (_bytes: number) => {}) {
  const memory = new ReadMemory(Date.now);
  memory.begin();
  // deno-lint-ignore require-yield -- nothing else has to be done meanwhile
  const files = new FileIdentities(compare, memory, function* (bytes) {
    onBytes(bytes);
  });
  const identified = async (path: string, sum: Sum) =>
    await runMaybeAsync(files.identityOf(path, Deno.statSync(path), sum));
  return Object.assign(
    async (path: string, depth: WalkDepth, sum: Sum = newSum(depth)) =>
      (await identified(path, sum)).identity,
    { identified },
  );
}

Deno.test("content is identified by its digest, which is remembered", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  await Deno.writeTextFile(path, "content");
  const identityOf = identities("content");
  assert.ok(isProvisional(await identityOf(path, "names")));
  assert.equal(await identityOf(path, "content"), DIGEST);
  assert.equal(await identityOf(path, "names"), DIGEST);
});

Deno.test("where metadata are compared, the same content in another file is another one", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  const identityOf = identities("metadata");
  await Deno.writeTextFile(path, "content");
  const first = await identityOf(path, "content");
  assert.equal(await identityOf(path, "content"), first);
  await Deno.writeTextFile(`${path}.new`, "content");
  await Deno.rename(`${path}.new`, path);
  assert.notEqual(await identityOf(path, "content"), first);
});

Deno.test("a file that is replaced before it is read has the metadata of what was read", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  await Deno.writeTextFile(path, "earlier");
  await Deno.writeTextFile(`${path}.new`, "content");
  const { ino } = Deno.statSync(`${path}.new`);
  const { identified } = identities("content", (bytes) => {
    if (bytes === 0) Deno.renameSync(`${path}.new`, path);
  });
  const { identity, info } = await identified(path, newSum("content"));
  assert.deepEqual([identity, info.ino], [DIGEST, ino]);
});

Deno.test("a small file that is replaced by a large one, which is written while it is read, has no digest", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  await Deno.writeTextFile(path, "earlier");
  await Deno.writeFile(`${path}.new`, new Uint8Array(LARGE_BYTES + 1));
  let writes = 0;
  const { identified } = identities("content", (bytes) => {
    if (bytes === 0) Deno.renameSync(`${path}.new`, path);
    else if (writes++ === 0) {
      Deno.writeFileSync(path, Uint8Array.of(1), { append: true });
    }
  });
  const { identity, info } = await identified(path, newSum("content"));
  assert.ok(isProvisional(identity));
  assert.deepEqual([writes > 0, info.size], [true, LARGE_BYTES + 2]);
});

Deno.test("a large file that is written while it is read has no digest", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  await Deno.writeFile(path, new Uint8Array(LARGE_BYTES + 1));
  const quiet = await identities("content")(path, "content");
  assert.equal(isProvisional(quiet), false);
  let writes = 0;
  const identityOf = identities("content", (read) => {
    if (read === 0 || writes++ > 0) return;
    const bytes = Uint8Array.of(1);
    Deno.writeFileSync(path, bytes, { append: true });
  });
  assert.ok(isProvisional(await identityOf(path, "content")));
  assert.ok(writes > 0);
});

Deno.test("a file beyond the limit is judged by its metadata, and the sum says why", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/file`;
  await Deno.writeTextFile(path, "content");
  const sum = { ...newSum("content"), bytes: BYTES_MAX };
  const identity = await identities("content")(path, "content", sum);
  assert.match(identity, /^metadata:/);
  assert.equal(isProvisional(identity), false);
  assert.equal(sum.coarse, "holds more than 1 GiB");
});
