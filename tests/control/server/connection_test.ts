/** One connection: requests in a row, bodies, limits of time and size, over real sockets. */
import assert from "node:assert/strict";
import { LIMITS } from "../../../src/control/server/limits.ts";
import { until } from "../../host/temp.ts";
import {
  answered,
  ask,
  Client,
  endpoint,
  requestOf,
  SHORT_MS,
  talk,
} from "./endpoint.ts";

const LIVEZ = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

Deno.test("requests follow one another on a connection", async () => {
  await using it = endpoint();
  using client = await Client.to(it.port);
  const answers = { livez: "\r\n\r\nok", metrics: "up 1", health: "403" };
  for (const [path, answer] of Object.entries(answers)) {
    await client.send(`GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await client.until(answer);
  }
});

Deno.test("requests that are sent ahead are answered in order", async () => {
  await using it = endpoint({ isTrusted: true });
  const text = await talk(
    it.port,
    LIVEZ + requestOf("/log-level", { method: "PUT", body: "warn" })
      .replace("Connection: close\r\n", "") +
      requestOf("/status"),
  );
  assert.match(text, /^HTTP\/1\.1 200[^]*\r\nokHTTP[^]*"set"[^]*"running"/);
  assert.deepEqual(it.control.commands, [{ kind: "logLevel", level: "warn" }]);
});

Deno.test("a head may come in pieces of one byte", async () => {
  await using it = endpoint();
  using client = await Client.to(it.port);
  for (const char of requestOf("/livez")) await client.send(char);
  assert.equal(answered(await client.rest()).body, "ok");
});

Deno.test("a body may come in chunks, with extensions and trailers", async () => {
  await using it = endpoint({ isTrusted: true });
  const head = requestOf("/hold", {
    method: "POST",
    headers: { "Transfer-Encoding": "chunked" },
  });
  const text = await talk(
    it.port,
    `${head}4;a=b\r\n{"re\r\nE\r\nason":"backup"\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n`,
  );
  assert.equal(answered(text).status, 200);
  assert.deepEqual(it.control.commands, [
    { kind: "hold", reason: "backup", forMs: undefined },
  ]);
});

Deno.test("a client that waits for a word before its body is told to go on", async () => {
  await using it = endpoint({ isTrusted: true });
  using client = await Client.to(it.port);
  const request = requestOf("/log-level", {
    method: "PUT",
    body: "debug",
    headers: { Expect: "100-continue" },
  });
  await client.send(request.slice(0, -"debug".length));
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  await client.send("debug");
  assert.match(await client.rest(), /100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});

Deno.test("a client that has ended its side is answered", async () => {
  await using it = endpoint();
  using client = await Client.to(it.port);
  await client.send(LIVEZ);
  await client.conn.closeWrite();
  assert.equal(answered(await client.rest()).body, "ok");
});

Deno.test("HTTP/1.0 is answered, and the connection closed", async () => {
  await using it = endpoint();
  const text = await talk(it.port, "GET /livez HTTP/1.0\r\n\r\n");
  assert.equal(answered(text).status, 400);
  const named = "GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n";
  const answer = answered(await talk(it.port, named));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("connection"), "close");
});

Deno.test("a connection without a request is closed when its time is over", async () => {
  await using it = endpoint({ limits: { idleMs: SHORT_MS } });
  assert.equal(await talk(it.port, ""), "");
  using client = await Client.to(it.port);
  await client.send(LIVEZ);
  assert.match(await client.rest(), /^HTTP\/1\.1 200 OK/);
});

Deno.test("a request that stands still, or takes too long, ends with 408", async () => {
  {
    await using it = endpoint({ limits: { idleMs: SHORT_MS } });
    assert.equal(answered(await talk(it.port, "GET /li")).status, 408);
  }
  await using it = endpoint({
    isTrusted: true,
    limits: { idleMs: 60_000, requestMs: SHORT_MS },
  });
  const head = requestOf("/hold", {
    method: "POST",
    headers: { "Content-Length": "50000" },
  });
  for (const start of ["GET /livez HTTP/1.1\r\nX: ", head]) {
    using client = await Client.to(it.port);
    await client.send(start);
    const beat = setInterval(() => void client.send("a"), 10);
    assert.equal(answered(await client.rest()).status, 408);
    clearInterval(beat);
  }
  assert.deepEqual(it.control.commands, []);
});

Deno.test("a head above its limit is refused, a head at its limit is not", async () => {
  await using it = endpoint();
  const plain = requestOf("/livez", { headers: { X: "" } });
  const pad = (bytes: number) =>
    requestOf("/livez", {
      headers: { X: "a".repeat(bytes - plain.length) },
    });
  assert.equal(
    answered(await talk(it.port, pad(LIMITS.headBytes))).status,
    200,
  );
  for (const bytes of [LIMITS.headBytes + 1, 300_000]) {
    assert.equal(answered(await talk(it.port, pad(bytes))).status, 431);
  }
  const path = requestOf(`/${"a".repeat(20_000)}`);
  assert.equal(answered(await talk(it.port, path)).status, 414);
});

Deno.test("a body above its limit is refused, in one piece and in chunks, and its sender reads why", async () => {
  await using it = endpoint({ isTrusted: true });
  const limit = LIMITS.bodyBytes;
  const sent = (body: string) =>
    ask(it.port, "/hold", { method: "POST", body });
  assert.equal((await sent(" ".repeat(limit))).status, 200);
  assert.equal((await sent(" ".repeat(limit + 1))).status, 413);
  assert.equal((await sent(" ".repeat(10 * limit))).status, 413);
  const head = requestOf("/hold", {
    method: "POST",
    headers: { "Transfer-Encoding": "chunked" },
  });
  const chunk = `1000\r\n${" ".repeat(0x1000)}\r\n`;
  const whole = await talk(it.port, `${head}${chunk.repeat(16)}0\r\n\r\n`);
  assert.equal(answered(whole).status, 200);
  const more = await talk(it.port, `${head}${chunk.repeat(17)}0\r\n\r\n`);
  assert.equal(answered(more).status, 413);
  const huge = await talk(it.port, `${head}ffffffff\r\n`);
  assert.equal(answered(huge).status, 413);
});

Deno.test("a client that never reads is let go when its time is over", async () => {
  await using it = endpoint({ limits: { writeMs: SHORT_MS, connections: 1 } });
  it.control.metricsBody = "a".repeat(32 * 1024 * 1024);
  using deaf = await Client.to(it.port);
  await deaf.send(requestOf("/metrics"));
  await until(
    "its place is free",
    async () => (await ask(it.port, "/livez")).status === 200,
  );
});

Deno.test("a client that resets its connection costs nothing", async () => {
  await using it = endpoint({ limits: { connections: 1 } });
  it.control.metricsBody = "a".repeat(1024 * 1024);
  for (const text of ["", "GET /li", requestOf("/metrics"), LIVEZ]) {
    const client = await Client.to(it.port);
    await client.send(text);
    // Closed with an answer unread: the kernel sends a reset.
    client[Symbol.dispose]();
    await until(
      "its place is free",
      async () => (await ask(it.port, "/livez")).status === 200,
    );
  }
});

Deno.test("a fault of ours in an answer is a 500, and the next request is answered", async () => {
  await using it = endpoint({ isTrusted: true });
  it.control.fault = new Error("cannot tell");
  using client = await Client.to(it.port);
  await client.send("GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.doesNotMatch(await client.until("see the log"), /cannot tell/);
  assert.deepEqual(it.faults, ["Error: cannot tell"]);
  it.control.fault = undefined;
  await client.send(requestOf("/status"));
  assert.match(await client.rest(), /^HTTP\/1\.1 500 [^]*HTTP\/1\.1 200 OK/);
});
