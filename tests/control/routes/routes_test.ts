/** What is answered at each path. */
import assert from "node:assert/strict";
import { HTML, POLICY } from "../../../src/control/page/document.ts";
import type { Command } from "../../../src/control/vocabulary/command.ts";
import type { FleetAnswer } from "../../../src/control/vocabulary/fleet.ts";
import type { FleetControl } from "../../../src/control/routes/control.ts";
import type { ReloadRecord } from "../../../src/control/vocabulary/journal.ts";
import { until } from "../../host/temp.ts";
import {
  answered,
  ask,
  Client,
  endpoint,
  requestOf,
} from "../server/endpoint.ts";
import { endedReload } from "../server/fake_control.ts";

const POST = { method: "POST" };

Deno.test("every answer is not kept, not sniffed and not framed", async () => {
  await using it = endpoint({ isTrusted: true });
  for (const path of ["/livez", "/status", "/none", "/metrics"]) {
    const { headers } = await ask(it.port, path);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; frame-ancestors 'none'/);
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("probes answer ok, or 503 with the reason in a line", async () => {
  await using it = endpoint();
  for (const path of ["/livez", "/readyz", "/-/healthy", "/-/ready"]) {
    const { status, body } = await ask(it.port, path);
    assert.deepEqual([status, body], [200, "ok"], path);
  }
  it.control.ready = { ok: false, text: "the child is not ready\n" };
  const { status, body } = await ask(it.port, "/readyz");
  assert.deepEqual([status, body], [503, "the child is not ready\n"]);
  assert.equal((await ask(it.port, "/-/ready")).status, 503);
  assert.equal((await ask(it.port, "/livez")).status, 200);
});

Deno.test("probes may be asked for all checks, and ignore what else is asked", async () => {
  await using it = endpoint();
  for (const query of ["", "?verbose", "?verbose=1", "?exclude=child&x"]) {
    assert.equal((await ask(it.port, `/livez${query}`)).status, 200);
  }
  assert.deepEqual(it.control.verbose, [false, true, true, false]);
});

Deno.test("health is 200 while degraded and 503 in error", async () => {
  await using it = endpoint({ isTrusted: true });
  for (const [said, code] of [["ok", 200], ["degraded", 200], ["error", 503]]) {
    it.control.healthStatus = String(said);
    const { status, body } = await ask(it.port, "/health");
    assert.equal(status, code);
    assert.deepEqual(JSON.parse(body), { status: said });
  }
});

Deno.test("status is JSON, and says more where it is asked to", async () => {
  await using it = endpoint({ isTrusted: true });
  const { headers, body } = await ask(it.port, "/status");
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(body, '{"state":"running","debug":false}\n');
  for (const query of ["?debug", "?debug=true"]) {
    assert.match((await ask(it.port, `/status${query}`)).body, /"debug":true/);
  }
  for (const query of ["?debug=yes", "?verbose"]) {
    const { status, body } = await ask(it.port, `/status${query}`);
    assert.equal(status, 400);
    assert.match(body, /debug/);
  }
});

Deno.test("metrics are told in what the scraper accepts", async () => {
  await using it = endpoint();
  const Accept = "application/openmetrics-text; version=1.0.0";
  const { headers, body } = await ask(it.port, "/metrics", {
    headers: { Accept },
  });
  assert.equal(headers.get("content-type"), "text/plain; version=0.0.4");
  assert.equal(body, "up 1\n");
  await ask(it.port, "/metrics");
  assert.deepEqual(it.control.accepts, [Accept, undefined]);
});

Deno.test("HEAD gives the head of GET, OPTIONS and 405 the methods", async () => {
  await using it = endpoint({ isTrusted: true });
  const get = await ask(it.port, "/status");
  const head = await ask(it.port, "/status", { method: "HEAD" });
  assert.deepEqual(
    [head.status, head.headers.get("content-length"), head.body],
    [200, String(get.body.length), ""],
  );
  const events = await ask(it.port, "/events", { method: "HEAD" });
  assert.deepEqual([events.status, events.body], [200, ""]);
  const allowed = {
    "/status": "GET, HEAD, OPTIONS",
    "/reload": "POST, OPTIONS",
    "/log-level": "PUT, OPTIONS",
  };
  for (const [path, methods] of Object.entries(allowed)) {
    const options = await ask(it.port, path, { method: "OPTIONS" });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get("allow"), methods);
    assert.equal(options.headers.get("content-length"), null);
    const other = await ask(it.port, path, { method: "DELETE" });
    assert.equal(other.status, 405);
    assert.equal(other.headers.get("allow"), methods);
  }
  assert.equal((await ask(it.port, "/reload")).status, 405);
  assert.equal((await ask(it.port, "/none")).status, 404);
  assert.equal((await ask(it.port, "/index.html")).status, 404);
});

Deno.test("the status page is open: it holds no data, and may load its own program only", async () => {
  await using it = endpoint({ tokenFile: "/no/such/token" });
  const { status, headers, body } = await ask(it.port, "/");
  assert.equal(status, 200);
  assert.equal(headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(headers.get("content-security-policy"), POLICY);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(body, HTML);
  const other = await ask(it.port, "/", { headers: { Host: "evil.example" } });
  assert.equal(other.status, 421);
  assert.deepEqual(it.control.commands, []);
});

Deno.test("each command is put to the manager", async () => {
  await using it = endpoint({ isTrusted: true });
  const asked: readonly (readonly [string, string, string, Command])[] = [
    ["POST", "/resume", "", { kind: "resume" }],
    ["POST", "/child/stop", "{}", { kind: "stopChild" }],
    ["POST", "/child/start", " ", { kind: "startChild" }],
    ["PUT", "/log-level", '{"level":"warn"}', {
      kind: "logLevel",
      level: "warn",
    }],
    ["PUT", "/log-level", "trace\n", { kind: "logLevel", level: "trace" }],
    ["POST", "/hold", "", {
      kind: "hold",
      reason: undefined,
      forMs: undefined,
    }],
    [
      "POST",
      "/hold",
      '{"reason":"incident 7","for":"1h30m"}',
      { kind: "hold", reason: "incident 7", forMs: 5_400_000 },
    ],
  ];
  for (const [method, path, body] of asked) {
    const { status } = await ask(it.port, path, { method, body });
    assert.equal(status, 200, path);
  }
  assert.deepEqual(
    it.control.commands,
    asked.map(([, , , command]) => command),
  );
});

Deno.test("what a command does not know is a 400 in a line: what, which value, what is allowed", async () => {
  await using it = endpoint({ isTrusted: true });
  const hold = "POST /hold";
  const wrong: readonly (readonly [string, string, string])[] = [
    [hold, '{"reasn":"x"}', 'Unknown key "reasn": known here: reason, for'],
    [
      hold,
      '{"for":30}',
      "Invalid for 30: it has to be a duration above 0, 720h at most, such as 30m, 1h30m or 45s",
    ],
    [
      hold,
      '{"for":"0s"}',
      'Invalid for "0s": it has to be a duration above 0, 720h at most, such as 30m, 1h30m or 45s',
    ],
    [
      hold,
      '{"for":"720h1s"}',
      'Invalid for "720h1s": it has to be a duration above 0, 720h at most, such as 30m, 1h30m or 45s',
    ],
    [
      hold,
      '{"for":"soon"}',
      'Invalid for "soon": it has to be a duration above 0, 720h at most, such as 30m, 1h30m or 45s',
    ],
    [
      hold,
      '{"reason":["x"]}',
      'Invalid reason ["x"]: it has to be a text of 1 to 200 characters',
    ],
    [
      hold,
      `{"reason":"${"x".repeat(201)}"}`,
      `Invalid reason "${
        "x".repeat(59)
      }...: it has to be a text of 1 to 200 characters`,
    ],
    [hold, "[]", "The body is []: it has to be a JSON object"],
    [hold, "null", "The body is null: it has to be a JSON object"],
    [hold, "reason=x", "The body is not JSON"],
    [hold, '{"reason":"x"', "The body is not JSON"],
    [
      "PUT /log-level",
      "loud",
      'Invalid level "loud": it has to be one of trace, debug, info, warn, error',
    ],
    [
      "PUT /log-level",
      "",
      'Invalid level "": it has to be one of trace, debug, info, warn, error',
    ],
    [
      "PUT /log-level",
      "{}",
      "Invalid level that is missing: it has to be one of trace, debug, info, warn, error",
    ],
    [
      "PUT /log-level",
      "toString",
      'Invalid level "toString": it has to be one of trace, debug, info, warn, error',
    ],
    [
      "POST /fleet/clear",
      '{"content":"0123"}',
      'Invalid content "0123": it has to be 12 to 64 hexadecimal digits, as flush-manager fleet shows them',
    ],
    [
      "POST /fleet/clear",
      '{"content":[]}',
      "Invalid content []: it has to be 12 to 64 hexadecimal digits, as flush-manager fleet shows them",
    ],
    [
      "POST /fleet/clear?all",
      "",
      'Unknown query parameter "all": none is known here',
    ],
    ["POST /resume", '{"a":1}', 'Unknown key "a": none is known here'],
    [
      "POST /reload?forse=true",
      "",
      'Unknown query parameter "forse": known here: wait, force',
    ],
    [
      "POST /reload?wait=true&wait=false",
      "",
      "The query parameter wait is given twice; give it once",
    ],
    ["POST /reload?wait=1", "", 'Invalid wait "1": it has to be true or false'],
    [
      "POST /child/start?now",
      "",
      'Unknown query parameter "now": none is known here',
    ],
  ];
  for (const [target, body, message] of wrong) {
    const [method, path] = target.split(" ");
    const answer = await ask(it.port, path, { method, body });
    assert.deepEqual(
      [answer.status, JSON.parse(answer.body)],
      [400, { status: "error", message }],
    );
  }
  assert.deepEqual(it.control.commands, []);
});

const CONTENT = "0123456789abcdef".repeat(4);

/** A fleet that has refused one content. */
const fleetWith = (changes: Partial<FleetControl> = {}): FleetControl => ({
  look: () => Promise.resolve({ name: "web-1" } as FleetAnswer),
  clear: () => Promise.resolve({ kind: "cleared", contents: [CONTENT] }),
  ...changes,
});

Deno.test("the fleet is told of, and its refusals are taken back", async () => {
  await using it = endpoint({ isTrusted: true });
  const asked: (string | undefined)[] = [];
  it.control.fleet = fleetWith({
    clear: (beginning) => {
      asked.push(beginning);
      return Promise.resolve({ kind: "cleared", contents: [CONTENT] });
    },
  });
  const { status, body } = await ask(it.port, "/fleet");
  assert.deepEqual([status, JSON.parse(body)], [200, { name: "web-1" }]);
  for (const content of [undefined, CONTENT.slice(0, 12), CONTENT]) {
    const body = JSON.stringify({ content });
    const answer = await ask(it.port, "/fleet/clear", { ...POST, body });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), {
      status: "cleared",
      contents: [CONTENT],
    });
  }
  assert.deepEqual(asked, [undefined, CONTENT.slice(0, 12), CONTENT]);
});

Deno.test("why no refusal is taken back is a 409 with the reason", async () => {
  await using it = endpoint({ isTrusted: true });
  const refusals: readonly [FleetControl | undefined, string, string][] = [
    [
      undefined,
      "no_fleet",
      "This manager takes turns with no others: it runs without --fleet",
    ],
    [
      fleetWith({
        clear: () => Promise.resolve({ kind: "unknown", contents: [] }),
      }),
      "unknown",
      "The fleet has refused no content 0123456789ab; flush-manager fleet shows what it has",
    ],
    [
      fleetWith({
        clear: () => Promise.resolve({ kind: "ambiguous", contents: [] }),
      }),
      "ambiguous",
      "The fleet has refused several contents 0123456789ab...; give more of the name",
    ],
    [
      fleetWith({ clear: () => Promise.reject(new Error("no answer")) }),
      "unreachable",
      "The fleet cannot be asked: no answer",
    ],
  ];
  const body = JSON.stringify({ content: "0123456789AB" });
  for (const [fleet, code, message] of refusals) {
    it.control.fleet = fleet;
    const answer = await ask(it.port, "/fleet/clear", { ...POST, body });
    assert.deepEqual(
      [answer.status, JSON.parse(answer.body)],
      [409, { status: "refused", code, message }],
    );
  }
  it.control.fleet = undefined;
  const shown = await ask(it.port, "/fleet");
  assert.deepEqual([shown.status, JSON.parse(shown.body).code], [
    409,
    "no_fleet",
  ]);
});

Deno.test("who asks for the fleet waits in one of the places for that", async () => {
  await using it = endpoint({ isTrusted: true, limits: { longAnswers: 1 } });
  let looks = 0;
  const look = () => {
    looks++;
    return new Promise<FleetAnswer>(() => {});
  };
  it.control.fleet = fleetWith({ look });
  using client = await Client.to(it.port);
  await client.send(requestOf("/fleet"));
  await until("it waits", () => looks > 0);
  assert.equal((await ask(it.port, "/fleet")).status, 503);
  assert.equal((await ask(it.port, "/fleet/clear", POST)).status, 503);
  assert.equal(looks, 1);
});

Deno.test("a reload is begun and told its id, under both names", async () => {
  await using it = endpoint({ isTrusted: true });
  for (const path of ["/reload", "/-/reload?force"]) {
    const { status, body } = await ask(it.port, path, POST);
    const { status: said, reload_id } = JSON.parse(body);
    assert.deepEqual([status, said, reload_id], [202, "reload_initiated", 7]);
  }
  assert.deepEqual(it.control.commands, [
    { kind: "reload", force: false },
    { kind: "reload", force: true },
  ]);
});

Deno.test("what cannot be taken now is a 409 with the reason", async () => {
  await using it = endpoint({ isTrusted: true });
  it.control.outcome = {
    kind: "objection",
    code: "held",
    why: "Cannot reload: held back",
  };
  for (
    const path of ["/reload", "/reload?wait=true", "/resume", "/child/stop"]
  ) {
    const { status, body } = await ask(it.port, path, POST);
    assert.deepEqual([status, JSON.parse(body)], [409, {
      status: "refused",
      code: "held",
      message: "Cannot reload: held back",
    }]);
  }
});

Deno.test("with wait a stop of the child is answered when nothing of it is left", async () => {
  for (
    const [isStopped, status, said] of [[true, 200, "stopped"], [
      false,
      503,
      "error",
    ]] as const
  ) {
    await using it = endpoint({ isTrusted: true });
    const asked = ask(it.port, "/child/stop?wait=true", POST);
    await until("it is asked for", () => it.control.commands.length > 0);
    it.control.stopped.resolve(isStopped);
    const answer = await asked;
    assert.equal(answer.status, status);
    assert.equal(JSON.parse(answer.body).status, said);
  }
});

Deno.test("with wait a reload is answered when it has ended, by how it has", async () => {
  await using it = endpoint({ isTrusted: true });
  const cases: readonly (readonly [Partial<ReloadRecord>, number, RegExp])[] = [
    [{ outcome: "applied" }, 200, /"reload":\{"id":7,"outcome":"applied"\}/],
    [{ outcome: "reverted" }, 200, /has the content already/],
    [{ outcome: "rejected", detail: "exit 1" }, 422, /"message":"exit 1"/],
    [{ outcome: "rolled_back" }, 422, /last good content/],
    [{ outcome: "failed" }, 422, /failed/],
    [{ outcome: "superseded" }, 409, /Newer/],
    [{ outcome: "interrupted" }, 409, /stopped/],
  ];
  for (const [change, code, said] of cases) {
    it.control.ended.clear();
    const answer = ask(it.port, "/reload?wait=true", POST);
    await until("it waits", () => it.control.ended.has(7));
    it.control.ended.get(7)?.resolve(endedReload(change));
    const { status, body } = await answer;
    assert.equal(status, code);
    assert.match(body, said);
  }
});

Deno.test("who waits and goes leaves its place, who waits beyond the places is told", async () => {
  await using it = endpoint({ isTrusted: true, limits: { longAnswers: 1 } });
  {
    using client = await Client.to(it.port);
    await client.send(requestOf("/reload?wait=true", POST));
    await until("it waits", () => it.control.ended.has(7));
    const { status } = await ask(it.port, "/reload?wait=true", POST);
    assert.equal(status, 503);
    assert.equal(it.control.commands.length, 1);
  }
  it.control.ended.clear();
  using next = await Client.to(it.port);
  await until("its place is free", async () => {
    const { status } = await ask(it.port, "/events", { method: "HEAD" });
    return status === 200;
  });
  await next.send(requestOf("/reload?wait=true", POST));
  await until("the next one waits", () => it.control.ended.has(7));
  it.control.ended.get(7)?.resolve(undefined);
  assert.equal(answered(await next.rest()).status, 503);
});

Deno.test("a request that is sent while another waits is answered after it", async () => {
  await using it = endpoint({ isTrusted: true });
  using client = await Client.to(it.port);
  await client.send("POST /reload?wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until("it waits", () => it.control.ended.has(7));
  const next = requestOf("/status");
  await client.send(next.slice(0, 20));
  await ask(it.port, "/livez");
  it.control.ended.get(7)?.resolve(endedReload());
  await client.until("applied");
  await client.send(next.slice(20));
  assert.match(await client.rest(), /"applied"[^]*"running"/);
});

Deno.test("settings, the last lines and the findings of a check are told", async () => {
  await using it = endpoint({ isTrusted: true });
  it.control.events.add("log", { message: "a\nb" });
  it.control.events.add("state", { from: "running" });
  const logs = await ask(it.port, "/logs");
  assert.equal(logs.headers.get("content-type"), "application/x-ndjson");
  assert.equal(logs.body, '{"message":"a\\nb"}\n');
  const settings = await ask(it.port, "/settings");
  assert.equal(settings.body, '{"command":"program"}\n');
  const { body } = await ask(it.port, "/check");
  assert.deepEqual(JSON.parse(body), {
    findings: [
      { kind: "ok", text: "run: program []" },
      { kind: "fault", text: "no config" },
    ],
  });
  it.control.fault = new Error("secret detail");
  const failed = await ask(it.port, "/check");
  assert.equal(failed.status, 500);
  assert.doesNotMatch(failed.body, /secret/);
});

Deno.test("who may not read is told neither settings, lines nor findings", async () => {
  await using it = endpoint({ tokenFile: "/none" });
  for (const path of ["/settings", "/logs", "/check"]) {
    assert.equal((await ask(it.port, path)).status, 401, path);
  }
});
