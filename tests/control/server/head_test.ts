/** The head of a request: where it ends, however it arrives, and what it says. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BadRequest,
  endOfHead,
  parseHead,
} from "../../../src/control/server/head.ts";
import { LIMITS } from "../../../src/control/server/limits.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseHead(bytesOf(text), LIMITS);

/** As a connection looks at it: with every piece at what is new. */
function endInPieces(bytes: Uint8Array, cuts: readonly number[]) {
  let seen = 0;
  for (const to of [...cuts, bytes.length]) {
    const end = endOfHead(bytes, seen, to);
    if (end !== undefined) return end;
    seen = Math.max(seen, to);
  }
  return undefined;
}

Deno.test("a head ends at its empty line, however it is cut into pieces", () => {
  const head = "GET /a HTTP/1.1\r\nHost: x\r\nA:\tb\r\n\r\n";
  const bytes = bytesOf(`${head}GET /next`);
  fc.assert(fc.property(
    fc.array(fc.nat(bytes.length)).map((cuts) => cuts.sort((a, b) => a - b)),
    (cuts) => assert.equal(endInPieces(bytes, cuts), head.length),
  ));
  assert.equal(endOfHead(bytes, 0, head.length - 1), undefined);
});

Deno.test("a byte that no head has is refused as soon as it is there", () => {
  for (const text of ["\x16", "GET \0", "GET /\x7f", "G\n", "GET\rX", "\x1b"]) {
    const bytes = bytesOf(text);
    assert.throws(() => endOfHead(bytes, 0, bytes.length), BadRequest);
  }
});

Deno.test("any text is a head or a BadRequest", () => {
  const piece = fc.constantFrom(
    ...["GET", " ", "/a?b", "HTTP/1.1", "\r\n", "Host: x", ":", "\t", "é", "#"],
  );
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    try {
      const { path } = parse(`${pieces.join("")}\r\n\r\n`);
      assert.match(path, /^\//);
    } catch (error) {
      assert.ok(error instanceof BadRequest, String(error));
    }
  }));
});

Deno.test("an empty line before a request is passed over, as RFC 9112 wants", () => {
  const text = "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  const bytes = bytesOf(text);
  assert.equal(endOfHead(bytes, 0, bytes.length), text.length);
  assert.equal(parse(text).path, "/a");
  assert.throws(() => parse("\r\n\r\n"), BadRequest);
});

Deno.test("the parts of a head", () => {
  const head = parse(
    "POST /a/%62?c=%64&e HTTP/1.1\r\nHOST:x\r\nA:  b\t\r\na: c\r\nContent-Length: 12\r\nConnection: Keep-Alive, Close\r\nExpect: 100-Continue\r\n\r\n",
  );
  assert.equal(head.method, "POST");
  assert.equal(head.path, "/a/%62");
  assert.deepEqual([...head.query], [["c", "d"], ["e", ""]]);
  assert.equal(head.headers.get("a"), "b, c");
  assert.deepEqual(head.framing, { kind: "length", bytes: 12 });
  assert.equal(head.keepAlive, false);
  assert.equal(head.expectsContinue, true);
});

Deno.test("a connection goes on unless one of the two is of another mind", () => {
  const goesOn = (text: string) => parse(text).keepAlive;
  assert.equal(goesOn("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), true);
  assert.equal(goesOn("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), false);
  const close = "Host: x\r\nConnection: close";
  assert.equal(goesOn(`GET / HTTP/1.1\r\n${close}\r\n\r\n`), false);
});

Deno.test("an absolute form has its host in the target, whatever Host says", () => {
  const partsOf = (target: string) => {
    const { path, query, headers } = parse(
      `GET ${target} HTTP/1.1\r\nHost: other\r\n\r\n`,
    );
    return [headers.get("host"), path, query.toString()];
  };
  assert.deepEqual(partsOf("http://a:1/b?c=d"), ["a:1", "/b", "c=d"]);
  assert.deepEqual(partsOf("HTTPS://a"), ["a", "/", ""]);
  assert.deepEqual(partsOf("http://a?c=d"), ["a", "/", "c=d"]);
  assert.deepEqual(partsOf("/b"), ["other", "/b", ""]);
});
