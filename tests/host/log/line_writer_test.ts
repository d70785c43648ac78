/** The bounded writer against slow, full, closed and failing streams. */
import assert from "node:assert/strict";
import {
  LineWriter,
  QUEUE_MAX_LINES,
} from "../../../src/host/log/line_writer.ts";
import {
  encodeLine,
  LINE_MAX_BYTES,
} from "../../../src/host/log/line_format.ts";
import { HANG_MS } from "../../fixtures/limits.ts";

const line = (text: string) => () => text;
const lossLine = (count: number) => `lost ${count}`;

/** A stream that takes what `write` says it takes. */
function collector(write?: (bytes: Uint8Array) => Promise<number>) {
  const chunks: string[] = [];
  const decoder = new TextDecoder();
  const writer = new LineWriter({
    lossLine,
    write: async (bytes) => {
      const taken = await (write?.(bytes) ?? Promise.resolve(bytes.length));
      chunks.push(decoder.decode(bytes.subarray(0, taken)));
      return taken;
    },
  });
  return { writer, chunks };
}

Deno.test("lines of one turn go out in one write, in order", async () => {
  const { writer, chunks } = collector();
  for (const text of ["a", "b", "c"]) writer.push(line(text));
  await writer.flush(HANG_MS);
  assert.deepEqual(chunks, ["a\nb\nc\n"]);
});

Deno.test("no write is longer than a pipe keeps whole, and each holds whole lines", async () => {
  const { writer, chunks } = collector();
  for (let count = 0; count < 100; count++) writer.push(line("x".repeat(300)));
  await writer.flush(HANG_MS);
  for (const chunk of chunks) {
    assert.ok(chunk.length <= LINE_MAX_BYTES);
    assert.ok(chunk.endsWith("\n"));
  }
  assert.equal(chunks.join("").length, 100 * 301);
});

Deno.test("a partial write is continued", async () => {
  const { writer, chunks } = collector((bytes) =>
    Promise.resolve(Math.min(2, bytes.length))
  );
  writer.push(line("abcdef"));
  await writer.flush(HANG_MS);
  assert.equal(chunks.join(""), "abcdef\n");
});

Deno.test("a full queue drops the oldest and says how many", async () => {
  const gate = Promise.withResolvers<void>();
  const { writer, chunks } = collector(async (bytes) => {
    await gate.promise;
    return bytes.length;
  });
  for (let index = 0; index < QUEUE_MAX_LINES + 10; index++) {
    writer.push(line(`line ${index}`));
  }
  gate.resolve();
  await writer.flush(HANG_MS);
  const text = chunks.join("");
  assert.doesNotMatch(text, /^line 9$/m);
  assert.match(text, /^line 10$/m);
  assert.match(text, new RegExp(`^line ${QUEUE_MAX_LINES + 9}$`, "m"));
  assert.match(text, /^lost 10$/m);
  assert.equal(writer.lost, 10);
});

Deno.test("a reader that never reads holds up a flush no longer than its deadline", async () => {
  const never = Promise.withResolvers<number>();
  const { writer } = collector(() => never.promise);
  writer.push(line("a"));
  await writer.flush(20);
  never.resolve(2);
  await writer.flush(HANG_MS);
});

Deno.test("a closed pipe silences the log and nothing else", async () => {
  const { writer, chunks } = collector(() =>
    Promise.reject(new Deno.errors.BrokenPipe())
  );
  writer.push(line("a"));
  await writer.flush(HANG_MS);
  assert.equal(writer.broken, true);
  assert.equal(writer.lost, 1);
  writer.push(line("b"));
  await writer.flush(HANG_MS);
  assert.deepEqual(chunks, []);
  assert.equal(writer.lost, 2);
});

Deno.test("a non-blocking pipe that is full is tried again", async () => {
  let attempts = 0;
  const { writer, chunks } = collector((bytes) =>
    ++attempts < 3
      ? Promise.reject(new Deno.errors.WouldBlock())
      : Promise.resolve(bytes.length)
  );
  writer.push(line("a"));
  await writer.flush(HANG_MS);
  assert.deepEqual(chunks, ["a\n"]);
});

Deno.test("a failed write loses its lines, counts them and goes on", async () => {
  let attempts = 0;
  const { writer, chunks } = collector((bytes) =>
    ++attempts === 1
      ? Promise.reject(new Error("No space left on device"))
      : Promise.resolve(bytes.length)
  );
  writer.push(line("a"));
  writer.push(line("b"));
  await writer.flush(HANG_MS);
  assert.deepEqual(chunks, []);
  writer.push(line("c"));
  await writer.flush(HANG_MS);
  assert.deepEqual(chunks, ["c\n", "lost 2\n"]);
  assert.equal(writer.lost, 2);
});

Deno.test("a stream that takes nothing any more is left in peace", async () => {
  let attempts = 0;
  const { writer } = collector(() => {
    attempts++;
    return Promise.reject(new Error("No space left on device"));
  });
  for (let count = 0; count < 10; count++) writer.push(line("a"));
  await writer.flush(HANG_MS);
  assert.equal(attempts, 1);
});

Deno.test("a line is cut to what a pipe keeps whole", async () => {
  const { writer, chunks } = collector();
  writer.push(line("x".repeat(2 * LINE_MAX_BYTES)));
  writer.push(line("next"));
  await writer.flush(HANG_MS);
  assert.ok(chunks[0].endsWith("...[cut]\n"));
  assert.equal(chunks[0].length, LINE_MAX_BYTES);
  assert.equal(chunks[1], "next\n");
});

Deno.test("lines of every length around the limit come out whole or cut", () => {
  for (
    let length = LINE_MAX_BYTES - 12;
    length <= LINE_MAX_BYTES + 2;
    length++
  ) {
    const room = new Uint8Array(LINE_MAX_BYTES);
    const size = encodeLine("x".repeat(length), room);
    assert.equal(size, Math.min(length + 1, LINE_MAX_BYTES));
    assert.equal(room[(size ?? 0) - 1], 10);
    const cut = new TextDecoder().decode(room).includes("[cut]");
    assert.equal(cut, length >= LINE_MAX_BYTES, String(length));
  }
  assert.equal(encodeLine("abc", new Uint8Array(3)), undefined);
});
