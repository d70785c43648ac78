/** The sockets: how many connections, unix sockets and their files, TLS and its renewal. */
import assert from "node:assert/strict";
// @ts-types="../../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import type { ControlSocketAddress } from "../../../src/core/vocabulary/settings.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import { run, tempDirectory, until } from "../../host/temp.ts";
import {
  answered,
  ask,
  Client,
  type Endpoint,
  endpoint,
  requestOf,
  SHORT_MS,
  talk,
} from "./endpoint.ts";

const unix = (path: string, group?: number): ControlSocketAddress => ({
  kind: "unix",
  path,
  mode: 0o600,
  group,
});

async function atUnix(path: string): Promise<Client> {
  return new Client(await Deno.connect({ transport: "unix", path }));
}

async function livezAt(path: string): Promise<number> {
  using client = await atUnix(path);
  await client.send(requestOf("/livez"));
  return answered(await client.rest()).status;
}

const LIVEZ = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

const clients = (count: number, port: number) =>
  Promise.all(Array.from({ length: count }, () => Client.to(port)));

Deno.test("the 65th connection is told that there are too many, and is closed", async () => {
  await using it = endpoint({ limits: { patienceMs: 60_000 } });
  const begun = await clients(64, it.port);
  // One that has begun to ask does not give way.
  for (const client of begun) await client.send(`${LIVEZ}GET /`);
  for (const client of begun) await client.until("ok");
  const { status, headers } = await ask(it.port, "/livez");
  assert.equal(status, 503);
  assert.equal(headers.get("retry-after"), "1");
  begun[0][Symbol.dispose]();
  await until(
    "its place is free",
    async () => (await ask(it.port, "/livez")).status === 200,
  );
  for (const client of begun) client[Symbol.dispose]();
});

Deno.test("who only connects gives way to who asks", async () => {
  await using it = endpoint({ limits: { connections: 4 } });
  const idle = await clients(4, it.port);
  await until("all are taken in", async () => {
    using probe = await Client.to(it.port);
    await probe.send(requestOf("/livez"));
    return answered(await probe.rest()).status === 200;
  });
  assert.equal((await ask(it.port, "/livez")).status, 200);
  for (const client of idle) client[Symbol.dispose]();
});

Deno.test("slow clients keep nobody out for longer than their time", async () => {
  await using it = endpoint({
    limits: {
      connections: 8,
      idleMs: SHORT_MS,
      requestMs: 2 * SHORT_MS,
      patienceMs: 60_000,
    },
  });
  const slow = await clients(8, it.port);
  for (const client of slow) await client.send(`${LIVEZ}GET /`);
  for (const client of slow) await client.until("ok");
  const beat = setInterval(() => {
    for (const client of slow) void client.send("a");
  }, SHORT_MS / 10);
  const began = performance.now();
  assert.equal((await ask(it.port, "/livez")).status, 503);
  await until(
    "somebody is answered",
    async () => (await ask(it.port, "/livez")).status === 200,
  );
  clearInterval(beat);
  assert.ok(performance.now() - began < 20 * SHORT_MS);
  for (const client of slow) client[Symbol.dispose]();
});

Deno.test("who asks slowly gives way to who asks, who is answered does not", async () => {
  await using it = endpoint({
    isTrusted: true,
    limits: { connections: 2, patienceMs: SHORT_MS },
  });
  using waiting = await Client.to(it.port);
  await waiting.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it waits", () => it.control.ended.has(7));
  using slow = await Client.to(it.port);
  await slow.send(`${LIVEZ}GET /`);
  await slow.until("ok");
  await until(
    "the slow one gives way",
    async () => (await ask(it.port, "/livez")).status === 200,
  );
  assert.doesNotMatch(await slow.rest(), /ok[^]*HTTP/);
  it.control.ended.get(7)?.resolve(undefined);
  assert.equal(answered(await waiting.rest()).status, 503);
});

Deno.test("who does not take the answer gives way to who asks", async () => {
  await using it = endpoint({
    isTrusted: true,
    limits: { connections: 2, patienceMs: SHORT_MS },
  });
  using reader = await Client.to(it.port);
  await reader.send(requestOf("/events"));
  await reader.until("retry");
  using deaf = await Client.to(it.port);
  // More than the buffers between both ends hold.
  it.control.metricsBody = "a".repeat(16 * 1024 * 1024);
  await deaf.send(requestOf("/metrics"));
  await until("nobody else finds a place", async () => {
    const { status } = await ask(it.port, "/livez");
    return status === 503;
  });
  await until(
    "somebody is answered",
    async () => (await ask(it.port, "/livez")).status === 200,
    20 * SHORT_MS,
  );
  it.control.events.add("log", { message: "still told" });
  await reader.until("still told");
});

Deno.test("who takes many answers slowly gives way to who asks", async () => {
  await using it = endpoint({
    isTrusted: true,
    limits: { connections: 1, patienceMs: 2 * SHORT_MS },
  });
  using slow = await Client.to(it.port);
  it.control.metricsBody = "a".repeat(4 * 1024 * 1024);
  const request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  await slow.send(request.repeat(100));
  const buffer = new Uint8Array(1024 * 1024);
  const reading = setInterval(
    () => void slow.conn.read(buffer).catch(() => {}),
    SHORT_MS / 20,
  );
  await until(
    "somebody is answered",
    async () => (await ask(it.port, "/livez")).status === 200,
    20 * SHORT_MS,
  );
  clearInterval(reading);
});

Deno.test("one address full does not close the other", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  await using it = endpoint({
    addresses: [{ kind: "tcp", host: "127.0.0.1", port: 0 }, unix(path)],
    limits: { connections: 1, patienceMs: 60_000 },
  });
  using client = await Client.to(it.port);
  await client.send(`${LIVEZ}GET /`);
  await client.until("ok");
  assert.equal((await ask(it.port, "/livez")).status, 503);
  assert.equal(await livezAt(path), 200);
});

Deno.test("a unix socket is there while the endpoint is, and what took its place stays", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  {
    await using _it = endpoint({ addresses: [unix(path)] });
    assert.equal(await livezAt(path), 200);
    assert.deepEqual(
      [...Deno.readDirSync(directory.path)].map(({ name }) => name),
      [
        "control.sock",
      ],
    );
  }
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  {
    await using _it = endpoint({ addresses: [unix(path)] });
    await Deno.remove(path);
    await Deno.writeTextFile(path, "another's");
  }
  assert.equal(await Deno.readTextFile(path), "another's");
});

Deno.test("a stale unix socket is replaced, a live one and a file are an error in a line", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  // The runtime removes the name that it has bound, so another one stays.
  const first = Deno.listen({ transport: "unix", path: `${path}.dead` });
  await Deno.rename(`${path}.dead`, path);
  first.close();
  {
    await using _it = endpoint({ addresses: [unix(path)] });
    assert.equal(await livezAt(path), 200);
    assert.throws(() => endpoint({ addresses: [unix(path)] }), {
      message:
        `Cannot listen on unix:${path}: the address is in use by another process; stop that one or choose another path`,
    });
    assert.equal(await livezAt(path), 200);
  }
  await Deno.writeTextFile(path, "mine");
  assert.throws(() => endpoint({ addresses: [unix(path)] }), {
    message:
      `Cannot listen on unix:${path}: a file that is not a socket is there; remove it or choose another path`,
  });
  assert.throws(
    () => endpoint({ addresses: [unix(`${directory.path}/none/c`)] }),
    /its directory does not exist/,
  );
  assert.throws(
    () => endpoint({ addresses: [unix(`/${"a".repeat(120)}`)] }),
    /longer than 107 bytes/,
  );
});

Deno.test("a client at a unix socket that never reads is let go", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  await using it = endpoint({
    addresses: [unix(path)],
    limits: { writeMs: SHORT_MS, connections: 1 },
  });
  it.control.metricsBody = "a".repeat(8 * 1024 * 1024);
  using deaf = await atUnix(path);
  await deaf.send(requestOf("/metrics"));
  await until("its place is free", async () => await livezAt(path) === 200);
});

Deno.test("of two clients at a unix socket that never read, both are let go", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  await using it = endpoint({
    addresses: [unix(path)],
    limits: {
      writeMs: 2 * SHORT_MS,
      lingerMs: SHORT_MS,
      patienceMs: 600_000,
      idleMs: 600_000,
      requestMs: 600_000,
      connections: 2,
    },
  });
  it.control.metricsBody = "a".repeat(8 * 1024 * 1024);
  using first = await atUnix(path);
  await first.send(requestOf("/metrics"));
  // From then on the time of the first runs.
  await first.conn.read(new Uint8Array(64 * 1024));
  using second = await atUnix(path);
  await second.send(requestOf("/metrics"));
  // The second one has more unread, so that one is cut when the time of the first is over.
  await until("one place is free", async () => await livezAt(path) === 200);
  using other = await atUnix(path);
  await other.send("GET /");
  await until(
    "both are",
    async () => await livezAt(path) === 200,
    20 * SHORT_MS,
  );
});

Deno.test("a client that goes before it has its answer leaves others alone", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  const limits = { connections: 2, patienceMs: 600_000 };
  await using it = endpoint({ addresses: [unix(path)], limits });
  using reader = await atUnix(path);
  await reader.send(requestOf("/events"));
  await reader.until("retry");
  for (let count = 0; count < 9; count++) it.control.events.add("log", {});
  it.control.metricsBody = "a".repeat(8 * 1024 * 1024);
  {
    using hasty = await atUnix(path);
    await hasty.send(requestOf("/metrics"));
    await hasty.until("HTTP/1.1 200");
  }
  await until("its place is free", async () => await livezAt(path) === 200);
  it.control.events.add("log", { message: "still told" });
  await reader.until("still told");
});

Deno.test("a port that is taken is an error in a line, and nothing stays open", async () => {
  await using it = endpoint();
  const other: ControlSocketAddress = {
    kind: "tcp",
    host: "127.0.0.1",
    port: it.port,
  };
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  assert.throws(() => endpoint({ addresses: [unix(path), other] }), {
    message:
      `Cannot listen on tcp:127.0.0.1:${it.port}: the address is in use by another process; stop that one or choose another port`,
  });
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
});

Deno.test("at its end the endpoint lets answers under way be given, and waits for nobody", async () => {
  using held = holdPort();
  const address = { kind: "tcp", host: "127.0.0.1", port: held.port } as const;
  const it = endpoint({ addresses: [address], isTrusted: true });
  using waiting = await Client.to(it.port);
  await waiting.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it waits", () => it.control.ended.has(7));
  using reader = await Client.to(it.port);
  await reader.send(requestOf("/events"));
  await reader.until("retry");
  using slow = await Client.to(it.port);
  await slow.send("GET /");
  it.control.ended.get(7)?.resolve(undefined);
  await it[Symbol.asyncDispose]();
  assert.equal(answered(await waiting.rest()).status, 503);
  assert.match(await reader.rest(), /^HTTP\/1\.1 200/);
  assert.equal(await slow.rest(), "");
  await assert.rejects(Client.to(it.port), Deno.errors.ConnectionRefused);
});

const TLS = new URL("../../fixtures/tls/", import.meta.url);
const pem = (name: string) => Deno.readTextFileSync(new URL(name, TLS));

async function certificateIn(directory: string, pair: "one" | "two") {
  const cert = `${directory}/cert.pem`;
  const key = `${directory}/key.pem`;
  await Deno.writeTextFile(key, pem(`${pair}.key.pem`));
  await Deno.writeTextFile(cert, pem(`${pair}.cert.pem`));
  return { cert, key };
}

/** Undefined if the certificate is not that of the pair. */
async function secureTo(
  { port }: Endpoint,
  pair: "one" | "two",
): Promise<Client | undefined> {
  const caCerts = [pem(`${pair}.cert.pem`)];
  const conn = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
  try {
    await conn.handshake();
    return new Client(conn);
  } catch {
    conn.close();
    return undefined;
  }
}

async function livezBy(it: Endpoint, pair: "one" | "two") {
  using client = await secureTo(it, pair);
  if (client === undefined) return undefined;
  await client.send(requestOf("/livez"));
  return answered(await client.rest()).status;
}

Deno.test("TLS answers, and neither plain text nor silence costs anything", async () => {
  await using directory = await tempDirectory();
  const certificate = await certificateIn(directory.path, "one");
  await using it = endpoint({
    certificate,
    limits: { idleMs: 4 * SHORT_MS, connections: 1 },
  });
  assert.equal(await livezBy(it, "one"), 200);
  assert.equal(await livezBy(it, "two"), undefined);
  assert.doesNotMatch(await talk(it.port, requestOf("/livez")), /HTTP/);
  assert.doesNotMatch(
    await talk(it.port, "\x16\x03\x01\xff\xffgarbage"),
    /HTTP/,
  );
  assert.equal(await talk(it.port, ""), "");
  assert.equal(await talk(it.port, "\x16\x03\x01"), "");
  await until(
    "its place is free",
    async () => await livezBy(it, "one") === 200,
  );
  const headers = { Origin: "https://localhost" };
  using client = await secureTo(it, "one");
  await client?.send(requestOf("/resume", { method: "POST", headers }));
  // Its own origin; what is missing is the token.
  assert.match(await client?.rest() ?? "", /403 Forbidden[^]*token/);
});

/** At once: a file that is written in place is empty for a moment. */
async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

Deno.test("a certificate that has changed is used, a broken one leaves the old one in use and is told once", async () => {
  await using directory = await tempDirectory();
  const certificate = await certificateIn(directory.path, "one");
  await using it = endpoint({ certificate, limits: { certificateMs: 10 } });
  using old = await secureTo(it, "one");
  await replace(certificate.cert, pem("two.cert.pem"));
  await until("it is told", () => it.faults.length > 0);
  assert.match(it.faults[0], /cert\.pem and .*key\.pem are no pair/);
  assert.equal(await livezBy(it, "one"), 200);
  await replace(certificate.key, pem("two.key.pem"));
  await until("it is used", () => it.renewals() > 0);
  assert.equal(await livezBy(it, "two"), 200);
  assert.equal(await livezBy(it, "one"), undefined);
  await old?.send(requestOf("/livez"));
  assert.equal(answered(await old?.rest() ?? "").status, 200);
  // The address may have been in use for a moment, which is told too.
  const told = it.faults.length;
  await Deno.remove(certificate.key);
  await until("that is told, too", () => it.faults.length > told);
  assert.match(it.faults[told], /key\.pem cannot be read/);
  // Looked for again and again, and not told again.
  await delay(100);
  assert.equal(it.faults.length, told + 1);
  assert.equal(await livezBy(it, "two"), 200);
});

Deno.test("a certificate in a FIFO or a device is not waited for, and not read without an end", async () => {
  await using directory = await tempDirectory();
  const certificate = await certificateIn(directory.path, "one");
  const large = new Uint8Array(2 * 1024 * 1024).fill("a".charCodeAt(0));
  await Deno.writeFile(certificate.key, large);
  assert.throws(() => endpoint({ certificate }), /is over \d+ bytes$/);
  await Deno.remove(certificate.cert);
  await run("mkfifo", certificate.cert);
  // Ends a read that waits for it, which would never let this test end.
  const script = 'sleep 1; : > "$0"';
  const writer = new Deno.Command("sh", {
    args: ["-c", script, certificate.cert],
  })
    .spawn();
  assert.throws(() => endpoint({ certificate }), /is not a regular file$/);
  writer.kill("SIGKILL");
  await writer.status;
});

Deno.test("a certificate that cannot be used at the start is an error in a line", async () => {
  await using directory = await tempDirectory();
  const certificate = await certificateIn(directory.path, "one");
  await Deno.writeTextFile(certificate.key, "none");
  assert.throws(
    () => endpoint({ certificate }),
    /^Error: Cannot use --control-tls-cert and --control-tls-key: .* are no pair[^\n]*$/,
  );
  await Deno.remove(certificate.key);
  assert.throws(
    () => endpoint({ certificate }),
    /^Error: Cannot use --control-tls-cert and --control-tls-key: .* cannot be read[^\n]*$/,
  );
});
