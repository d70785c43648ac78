/** Writes that never wait, to pipes and files. */
import assert from "node:assert/strict";
import { Output } from "../../../src/host/descriptor/output.ts";
import { makePipe, pipeCalls } from "../../../src/host/descriptor/pipe.ts";
import { tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

const LINE_BYTES = 4096;

/** A pipe, and what closes its ends. */
function pipe() {
  const [reader, writer] = makePipe() ?? assert.fail("no pipe");
  const calls = pipeCalls() ?? assert.fail("no libc");
  return {
    output: new Output(writer),
    writer,
    read: (size: number) => {
      const bytes = new Uint8Array(size);
      const got = Number(calls.read(reader, bytes, BigInt(size)));
      return new TextDecoder().decode(bytes.subarray(0, got));
    },
    closeReader: () => calls.close(reader),
    closeWriter: () => calls.close(writer),
  };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("output: what is written arrives, from the middle of a buffer too", () => {
  const { output, read, closeReader, closeWriter } = pipe();
  const text = bytesOf("one two");
  assert.equal(output.write(text.subarray(4)), 3);
  assert.equal(read(100), "two");
  closeReader();
  closeWriter();
});

Deno.test("output: not more than a pipe keeps whole is written at once", () => {
  const { output, read, closeReader, closeWriter } = pipe();
  assert.equal(output.write(bytesOf("x".repeat(2 * LINE_BYTES))), LINE_BYTES);
  assert.equal(read(3 * LINE_BYTES).length, LINE_BYTES);
  closeReader();
  closeWriter();
});

Deno.test("output: a full pipe is said to have no room, and is not waited for", () => {
  const { output, read, closeReader, closeWriter } = pipe();
  const line = new Uint8Array(LINE_BYTES);
  const fill = () => {
    for (;;) output.write(line);
  };
  assert.throws(fill, Deno.errors.WouldBlock);
  read(LINE_BYTES);
  assert.equal(output.write(line), LINE_BYTES);
  assert.throws(fill, Deno.errors.WouldBlock);
  closeReader();
  closeWriter();
});

Deno.test("output: room that another writer has left is too little for a whole line, which is not waited for", () => {
  const { output, writer, read, closeReader, closeWriter } = pipe();
  const line = new Uint8Array(LINE_BYTES);
  assert.throws(() => {
    for (;;) output.write(line);
  }, Deno.errors.WouldBlock);
  // A page is free, and somebody else writes into it before we do.
  read(LINE_BYTES);
  pipeCalls()?.write(writer, line, 1n);
  assert.throws(() => output.write(line), Deno.errors.WouldBlock);
  closeReader();
  closeWriter();
});

Deno.test("output: a pipe that nobody reads is broken", () => {
  const { output, closeReader, closeWriter } = pipe();
  closeReader();
  assert.throws(() => output.write(bytesOf("a")), Deno.errors.BrokenPipe);
  closeWriter();
});

Deno.test("output: a descriptor that is closed is another error", () => {
  const { output, closeReader, closeWriter } = pipe();
  closeReader();
  closeWriter();
  assert.throws(() => output.write(bytesOf("a")), /os error 9/);
});

Deno.test("output: a file takes what is written where the one before ended", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/log`;
  Deno.writeTextFileSync(path, "");
  const open = new Deno.Command("sh", {
    args: [
      "-c",
      'exec "$@" 2>"$LOG"',
      "sh",
      Deno.execPath(),
      "eval",
      "--no-config",
      `
      import { Output } from "${new URL(
        "../../../src/host/descriptor/output.ts",
        import.meta.url,
      )}";
      const output = new Output(2);
      for (const text of ["a", "b"]) output.write(new TextEncoder().encode(text));`,
    ],
    env: { LOG: path },
  });
  assert.ok((await open.output()).success);
  assert.equal(Deno.readTextFileSync(path), "ab");
});
