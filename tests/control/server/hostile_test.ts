/** What no client of good will sends: each ends in 4xx or a closed connection, and the endpoint goes on. */
import assert from "node:assert/strict";
import { LIMITS } from "../../../src/control/server/limits.ts";
import {
  answered,
  ask,
  Client,
  endpoint,
  requestOf,
  talk,
} from "./endpoint.ts";

const head = (line: string, ...headers: string[]) =>
  [line, "Host: localhost", "Connection: close", ...headers, "", ""]
    .join("\r\n");
const post = (...headers: string[]) => head("POST /hold HTTP/1.1", ...headers);

/** What is sent, and the status of the only answer. */
const HOSTILE: Readonly<Record<string, readonly [string, number]>> = {
  "an empty line": ["\r\n\r\n", 400],
  "a word": ["garbage\r\n\r\n", 400],
  "lines that end in LF": ["GET /livez HTTP/1.1\nHost: localhost\n\n", 400],
  "a lone CR": [head("GET /livez HTTP/1.1", "A: b\rX: y"), 400],
  "a TLS greeting": ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  "NUL in the path": [head("GET /livez\0 HTTP/1.1"), 400],
  "NUL in a header": [head("GET /livez HTTP/1.1", "A: b\0"), 400],
  "NUL in a method": [head("G\0T /livez HTTP/1.1"), 400],
  "HTTP/0.9": ["GET /livez\r\n\r\n", 400],
  "HTTP/1.2": [head("GET /livez HTTP/1.2"), 400],
  "HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  "two spaces": [head("GET  /livez HTTP/1.1"), 400],
  "a tab for a space": [head("GET\t/livez HTTP/1.1"), 400],
  "an unknown method": [head("BREW /livez HTTP/1.1"), 405],
  "a method of every object": [head("constructor /livez HTTP/1.1"), 405],
  "a lower-case method": [head("get /livez HTTP/1.1"), 405],
  "CONNECT": [head("CONNECT localhost:22 HTTP/1.1"), 400],
  "an absolute form with a user": [
    head("GET http://localhost@evil.example/livez HTTP/1.1"),
    400,
  ],
  "an absolute form of another scheme": [
    head("GET file:///livez HTTP/1.1"),
    400,
  ],
  "an absolute form without a host": [
    head("GET http:///livez HTTP/1.1"),
    400,
  ],
  "an asterisk": [head("OPTIONS * HTTP/1.1"), 400],
  "a fragment": [head("GET /livez#a HTTP/1.1"), 400],
  "two slashes": [head("GET //livez HTTP/1.1"), 404],
  "a slash at the end": [head("GET /livez/ HTTP/1.1"), 404],
  "a way up": [head("GET /x/../livez HTTP/1.1"), 404],
  "an encoded way up": [head("GET /%2e%2e/livez HTTP/1.1"), 404],
  "an encoded letter": [head("GET /%6civez HTTP/1.1"), 404],
  "a backslash": [head("GET /\\livez HTTP/1.1"), 404],
  "another case": [head("GET /LIVEZ HTTP/1.1"), 404],
  "a property of every object": [head("GET /__proto__ HTTP/1.1"), 404],
  "a name with a space": [head("GET /livez HTTP/1.1", "A B: c"), 400],
  "a space before the colon": [head("GET /livez HTTP/1.1", "A : c"), 400],
  "a line without a colon": [head("GET /livez HTTP/1.1", "abc"), 400],
  "a folded line": [head("GET /livez HTTP/1.1", "A: b\r\n c"), 400],
  "a second Host": [head("GET /livez HTTP/1.1", "host: localhost"), 400],
  "a length and chunks": [
    post("Content-Length: 4", "Transfer-Encoding: chunked") +
    "0\r\n\r\nGET /status HTTP/1.1\r\nHost: localhost\r\n\r\n",
    400,
  ],
  "two lengths": [post("Content-Length: 4", "Content-Length: 5"), 400],
  "the same length twice": [
    post("Content-Length: 4", "Content-Length: 4"),
    400,
  ],
  "a list of lengths": [post("Content-Length: 4, 4"), 400],
  "a negative length": [post("Content-Length: -4"), 400],
  "a length with a sign": [post("Content-Length: +4"), 400],
  "a length in hexadecimal": [post("Content-Length: 0x4"), 400],
  "a length beyond all numbers": [
    post(`Content-Length: ${"9".repeat(30)}`),
    400,
  ],
  "a length above the limit": [post("Content-Length: 999999999"), 413],
  "an unknown coding": [post("Transfer-Encoding: gzip"), 400],
  "a coding after another": [post("Transfer-Encoding: gzip, chunked"), 400],
  "a coding that looks like one": [post("Transfer-Encoding: xchunked"), 400],
  "chunks in HTTP/1.0": [
    head("POST /hold HTTP/1.0", "Transfer-Encoding: chunked"),
    400,
  ],
  "a chunk of negative size": [
    `${post("Transfer-Encoding: chunked")}-5\r\nabc\r\n`,
    400,
  ],
  "a chunk in C's notation": [
    `${post("Transfer-Encoding: chunked")}0x5\r\nabcde\r\n0\r\n\r\n`,
    400,
  ],
  "a chunk that is longer than it says": [
    `${post("Transfer-Encoding: chunked")}5\r\nabcdeXX\r\n0\r\n\r\n`,
    400,
  ],
  "a chunk above the limit": [
    `${post("Transfer-Encoding: chunked")}ffffffffffffffff\r\n`,
    400,
  ],
  "a chunk whose size has no end": [
    `${post("Transfer-Encoding: chunked")}5;${"a".repeat(300)}`,
    400,
  ],
  "trailers without an end": [
    `${post("Transfer-Encoding: chunked")}0\r\n${"A: b\r\n".repeat(1000)}`,
    400,
  ],
  "10,000 headers": [
    `GET /livez HTTP/1.1\r\nHost: localhost\r\n${
      "A: b\r\n".repeat(10_000)
    }\r\n`,
    431,
  ],
  "more headers than are read": [
    head("GET /livez HTTP/1.1", ...Array(LIMITS.headers).fill("A: b")),
    431,
  ],
  "an expectation": [head("GET /livez HTTP/1.1", "Expect: tea"), 417],
};

for (const [what, [text, status]] of Object.entries(HOSTILE)) {
  Deno.test(`${what} is refused with ${status}`, async () => {
    await using it = endpoint({ isTrusted: true });
    const answer = await talk(it.port, text);
    assert.equal(answered(answer).status, status);
    assert.equal(answer.match(/^HTTP\/1\.1 \d/gm)?.length, 1);
    assert.deepEqual(it.control.commands, []);
    assert.equal((await ask(it.port, "/livez")).status, 200);
  });
}

Deno.test("random bytes, whole or cut, end in 4xx or in silence", async () => {
  await using it = endpoint({ isTrusted: true, limits: { idleMs: 20 } });
  const valid = new TextEncoder().encode(
    requestOf("/hold", { method: "POST", body: '{"reason":"x"}' }),
  );
  let seed = 1;
  const random = (below: number) =>
    (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 300; round++) {
    const bytes = valid.slice(0, 1 + random(valid.length));
    for (let flips = random(4); flips >= 0; flips--) {
      bytes[random(bytes.length)] = random(256);
    }
    const text = await talk(it.port, bytes);
    if (text !== "") assert.match(text, /^HTTP\/1\.1 (200|[45]\d\d) /);
  }
  assert.equal((await ask(it.port, "/livez")).status, 200);
});

Deno.test("what is smuggled behind a refused request is not answered", async () => {
  await using it = endpoint({ isTrusted: true });
  using client = await Client.to(it.port);
  const inner = "POST /child/stop HTTP/1.1\r\nHost: localhost\r\n\r\n";
  await client.send(
    `POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  assert.equal(answered(await client.rest()).status, 404);
  assert.deepEqual(it.control.commands, []);
});
