/** Who may ask for what: tokens, hosts, origins. */
import assert from "node:assert/strict";
import { tempDirectory } from "../../host/temp.ts";
import { ask, type Asked, endpoint, talk } from "../server/endpoint.ts";

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const POST: Asked = { method: "POST" };
const GUARDED: readonly (readonly [string, Asked])[] = [
  ["/status", {}],
  ["/health", {}],
  ["/events", {}],
  ["/none", {}],
  ["/status", { method: "HEAD" }],
  ["/status", { method: "OPTIONS" }],
  ["/reload", POST],
  ["/-/reload", POST],
  ["/hold", POST],
  ["/resume", POST],
  ["/child/stop", POST],
  ["/child/start", POST],
  ["/fleet", {}],
  ["/fleet/clear", POST],
  ["/log-level", { method: "PUT", body: "info" }],
];

Deno.test("on TCP only probes and metrics are answered without a token file", async () => {
  await using it = endpoint();
  for (
    const path of ["/livez", "/readyz", "/-/healthy", "/-/ready", "/metrics"]
  ) {
    assert.equal((await ask(it.port, path)).status, 200, path);
  }
  for (const [path, asked] of GUARDED) {
    const { status, body } = await ask(it.port, path, asked);
    assert.equal(status, 403, path);
    if (asked.method !== "HEAD") assert.match(body, /--control-token-file/);
  }
  assert.deepEqual(it.control.commands, []);
});

Deno.test("on TCP a token lets in, an absent or another one does not", async () => {
  await using directory = await tempDirectory();
  const tokenFile = `${directory.path}/token`;
  await Deno.writeTextFile(tokenFile, "a.Secret-1\n");
  await using it = endpoint({ tokenFile });
  const wrong: Readonly<Record<string, string>>[] = [
    {},
    bearer("a.Secret-2"),
    bearer("a.Secret-"),
    bearer("a.Secret-11"),
    bearer("A.SECRET-1"),
    bearer(""),
    { Authorization: "a.Secret-1" },
    { Authorization: `Basic ${btoa("a:a.Secret-1")}` },
    { Authorization: "Bearer a.Secret-1 a.Secret-1" },
    { Cookie: "token=a.Secret-1" },
  ];
  for (const headers of wrong) {
    for (const [path, asked] of GUARDED) {
      const answer = await ask(it.port, path, { ...asked, headers });
      assert.equal(answer.status, 401, path);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.doesNotMatch(answer.body, /Secret/i);
    }
  }
  assert.deepEqual(it.control.commands, []);
  const { status } = await ask(it.port, "/status", {
    headers: bearer("a.Secret-1"),
  });
  assert.equal(status, 200);
  await ask(it.port, "/resume", { ...POST, headers: bearer("a.Secret-1") });
  assert.deepEqual(it.control.commands, [{ kind: "resume" }]);
});

Deno.test("a token that has changed is in force at once, a file without one refuses everybody", async () => {
  await using directory = await tempDirectory();
  const tokenFile = `${directory.path}/token`;
  await using it = endpoint({ tokenFile });
  const status = async (token: string) =>
    (await ask(it.port, "/status", { headers: bearer(token) })).status;
  assert.equal(await status("one"), 401);
  await Deno.writeTextFile(tokenFile, "one\r\n");
  assert.equal(await status("one"), 200);
  await Deno.writeTextFile(tokenFile, "two");
  assert.equal(await status("one"), 401);
  assert.equal(await status("two"), 200);
  const none = ["", "\n", "two words", "two\ntwo\n", "t".repeat(5000)];
  for (const text of none) {
    await Deno.writeTextFile(tokenFile, text);
    assert.equal(await status("two"), 401);
  }
  await Deno.remove(tokenFile);
  await Deno.mkdir(tokenFile);
  assert.equal(await status("two"), 401);
  assert.deepEqual(it.tokens, [
    false,
    ...[true, true, true],
    ...Array(6).fill(false),
  ]);
});

Deno.test("a name that could lead here from a browser is refused as Host, unless it is an option's", async () => {
  await using it = endpoint({ hosts: ["Manager.example"] });
  const status = async (host: string, path = "/livez") =>
    (await ask(it.port, path, { headers: { Host: host } })).status;
  const own = [
    "localhost",
    "LOCALHOST:1",
    "127.0.0.1",
    `127.0.0.1:${it.port}`,
    "[::1]:80",
    "10.1.2.3:9464",
    "manager.example",
    "manager.EXAMPLE:9464",
  ];
  for (const host of own) assert.equal(await status(host), 200, host);
  const others = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "a.manager.example",
    "127.0.0.1.nip.io:80",
  ];
  for (const host of others) {
    assert.equal(await status(host), 421, host);
    assert.equal(await status(host, "/metrics"), 421, host);
    const absolute = `GET http://${host}/livez HTTP/1.1`;
    const own = "Host: localhost\r\nConnection: close\r\n\r\n";
    const answer = await talk(it.port, `${absolute}\r\n${own}`);
    assert.match(answer, /^HTTP\/1\.1 421 /, absolute);
  }
  const malformed = [
    "",
    "a b",
    "localhost:port",
    "localhost/",
    "u@localhost",
    "a,b",
  ];
  for (const host of malformed) assert.equal(await status(host), 400, host);
});

Deno.test("pages of another origin change nothing, whatever they send along", async () => {
  await using directory = await tempDirectory();
  const tokenFile = `${directory.path}/token`;
  await Deno.writeTextFile(tokenFile, "one");
  await using guarded = endpoint({ tokenFile });
  await using trusted = endpoint({ isTrusted: true });
  const foreign: Readonly<Record<string, string>>[] = [
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: "https://localhost" },
    { Origin: "http://localhost:1" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { Origin: "http://localhost", "Sec-Fetch-Site": "cross-site" },
  ];
  for (const it of [guarded, trusted]) {
    for (const headers of foreign) {
      const all = { ...headers, ...bearer("one") };
      const asked = { ...POST, headers: all };
      assert.equal((await ask(it.port, "/resume", asked)).status, 403);
      assert.equal((await ask(it.port, "/metrics", { headers })).status, 200);
    }
    assert.deepEqual(it.control.commands, []);
    const own = { Origin: "http://localhost", "Sec-Fetch-Site": "same-origin" };
    const headers = { ...own, ...bearer("one") };
    const { status } = await ask(it.port, "/resume", { ...POST, headers });
    assert.equal(status, 200);
  }
});

Deno.test("at a unix socket no token is asked for, and any Host will do", async () => {
  await using it = endpoint({ isTrusted: true });
  const headers = { Host: "whatever" };
  assert.equal((await ask(it.port, "/status", { headers })).status, 200);
  const asked = { ...POST, headers };
  assert.equal((await ask(it.port, "/resume", asked)).status, 200);
});
