/** Answers in HTTP/1.1 from bytes, by example, in pieces and by chance. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AnswerParser,
  NotHttp,
} from "../../../src/core/notation/http_answer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What a parser makes of the pieces, and of the end of the connection behind them. */
function parsed(pieces: readonly Uint8Array<ArrayBuffer>[]) {
  const parser = new AnswerParser();
  const content = pieces.flatMap((piece) => parser.push(piece))
    .map((bytes) => new TextDecoder("latin1").decode(bytes)).join("");
  const isWhole = parser.isOver;
  return { head: parser.head, content, isWhole, atEnd: parser.end() };
}

const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a : b \r\n\r\nhello";
const CHUNKS =
  "HTTP/1.1 503 \r\ntransfer-encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n02\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n";
const CLOSE = "HTTP/1.0 200 OK\nContent-Type: text/plain\n\nhello";
const CONTINUE = `HTTP/1.1 100 Continue\r\n\r\n${LENGTH}`;

Deno.test("the end of the content is found by its length, by chunks or by the end of the connection", () => {
  const length = parsed([bytesOf(LENGTH)]);
  assert.equal(length.head?.status, 200);
  assert.deepEqual([...length.head?.headers ?? []], [
    ["content-length", "5"],
    ["x", "a : b"],
  ]);
  assert.deepEqual([length.content, length.isWhole], ["hello", true]);
  const chunks = parsed([bytesOf(CHUNKS)]);
  assert.equal(chunks.head?.status, 503);
  assert.deepEqual([chunks.content, chunks.isWhole], ["hello", true]);
  const close = parsed([bytesOf(CLOSE)]);
  assert.deepEqual([close.content, close.isWhole, close.atEnd], [
    "hello",
    false,
    true,
  ]);
  assert.equal(parsed([bytesOf(CONTINUE)]).content, "hello");
  for (const status of ["204 No Content", "304 Not Modified"]) {
    assert.ok(parsed([bytesOf(`HTTP/1.1 ${status}\r\n\r\n`)]).isWhole);
  }
});

Deno.test("it does not matter where the bytes are cut", () => {
  for (const text of [LENGTH, CHUNKS, CLOSE, CONTINUE]) {
    const bytes = bytesOf(text);
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 20 });
    fc.assert(fc.property(cuts, (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, index) =>
        bytes.subarray(at[index], end)
      );
      assert.deepEqual(parsed(pieces), parsed([bytes]));
    }));
  }
});

Deno.test("an answer that ends early is not whole", () => {
  for (const text of [LENGTH, CHUNKS]) {
    for (let count = 0; count < text.length; count++) {
      assert.ok(!parsed([bytesOf(text.slice(0, count))]).atEnd, text);
    }
  }
});

Deno.test("what is no answer is noticed as soon as it can be", () => {
  const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`;
  const table = [
    "SSH-2.0-OpenSSH_9.7\r\n",
    "<html>\n",
    "HTTP/2 200\r\n",
    "HTTP/1.1 999 x\r\n",
    "HTTP/1.1 20 x\r\n",
    head("no colon"),
    head(": no name"),
    head("Content-Length: -1"),
    head("Content-Length: 1e3"),
    head("Transfer-Encoding: gzip"),
    `${head("Transfer-Encoding: chunked")}xyz\r\n`,
    `${head("Transfer-Encoding: chunked")}1\r\nab\r\n`,
    "x".repeat(20 * 1024),
    `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(300)}`,
  ];
  for (const text of table) {
    assert.throws(() => parsed([bytesOf(text)]), NotHttp, text.slice(0, 60));
  }
});

Deno.test("any bytes are read or refused, and content is never more than they are", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => bytesOf(LENGTH + text)),
    fc.string().map((text) => bytesOf(CHUNKS.slice(0, 50) + text)),
  );
  fc.assert(fc.property(bytes, (bytes) => {
    try {
      const { content } = parsed([new Uint8Array(bytes)]);
      assert.ok(content.length <= bytes.length);
    } catch (error) {
      assert.ok(error instanceof NotHttp, String(error));
    }
  }));
});
