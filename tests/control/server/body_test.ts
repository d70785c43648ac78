/** The body of a request: the same, however it arrives. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Body } from "../../../src/control/server/body.ts";
import { BadRequest } from "../../../src/control/server/head.ts";

const MAX_BYTES = 64;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const NEXT = "GET /next";

/** Takes it in pieces of these sizes; returns what is left when it is complete. */
function takeInPieces(body: Body, bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (body.isComplete) break;
    const piece = bytes.subarray(at, at + size);
    at += body.take(piece);
  }
  return bytes.subarray(at);
}

Deno.test("chunks of any sizes, in pieces of any sizes, give the content, and nothing of what follows", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 10 }), { maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 20 }),
    (chunks, sizes) => {
      const sent = chunks.flatMap((chunk) => [
        ...bytesOf(`${chunk.length.toString(16)};x=y\r\n`),
        ...chunk,
        ...bytesOf("\r\n"),
      ]);
      const all = new Uint8Array([
        ...sent,
        ...bytesOf(`0\r\nT: u\r\n\r\n${NEXT}`),
      ]);
      const body = new Body({ kind: "chunked" }, MAX_BYTES);
      const rest = takeInPieces(body, all, sizes);
      assert.ok(body.isComplete);
      assert.deepEqual(
        [...body.content],
        chunks.flatMap((chunk) => [...chunk]),
      );
      assert.equal(new TextDecoder().decode(rest), NEXT);
    },
  ));
});

Deno.test("a body of a given length ends there", () => {
  const body = new Body({ kind: "length", bytes: 5 }, MAX_BYTES);
  assert.equal(body.take(bytesOf("abc")), 3);
  assert.equal(body.isComplete, false);
  assert.equal(body.take(bytesOf(`de${NEXT}`)), 2);
  assert.ok(body.isComplete);
  assert.equal(new TextDecoder().decode(body.content), "abcde");
});

Deno.test("there may be no body", () => {
  const body = new Body({ kind: "none" }, MAX_BYTES);
  assert.ok(body.isComplete);
  assert.equal(body.take(bytesOf(NEXT)), 0);
});

Deno.test("chunks above the limit are refused with 413 before they come, malformed ones with 400", () => {
  const status = (text: string) => {
    try {
      new Body({ kind: "chunked" }, MAX_BYTES).take(bytesOf(text));
      return undefined;
    } catch (error) {
      assert.ok(error instanceof BadRequest);
      return error.status;
    }
  };
  assert.equal(status("40\r\n"), undefined);
  assert.equal(status("41\r\n"), 413);
  assert.equal(status(`3f\r\n${"a".repeat(63)}\r\n2\r\n`), 413);
  for (
    const text of ["\r\n", "g\r\n", "-1\r\n", "1 2\r\n", "5\n", "1\r\nab\r\n"]
  ) {
    assert.equal(status(text), 400, JSON.stringify(text));
  }
  assert.equal(status(`0\r\n${"a: b\r\n".repeat(16)}\r\n`), undefined);
  assert.equal(status(`0\r\n${"a: b\r\n".repeat(17)}`), 400);
  assert.equal(status("0\r\nno colon\r\n"), 400);
});
