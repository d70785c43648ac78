/** Each subcommand against a server of a unix socket: what it asks, what it says, how it ends. */
import assert from "node:assert/strict";
import { NotWritten } from "../../src/cli/not_written.ts";
import { scaled } from "../fixtures/limits.ts";
import { always, FakeManager, FakeTerminal, say } from "./fake_manager.ts";
import { FLEET, reload, STATUS } from "./example_status.ts";

Deno.test("status: lines, a screen at a terminal, or the answer as it came", async () => {
  await using manager = new FakeManager(always(200, STATUS));
  const { control } = manager;
  const lines = await say(["status", control]);
  assert.equal(lines.code, 0);
  assert.match(lines.out, /^state: running since 2026-01-02T10:00:01\.200Z\n/);
  const screen = await say(["status", control], new FakeTerminal(true));
  assert.match(screen.out, /^● running for 2m {2}flush-manager 1\.0\.0/);
  const json = await say(["status", "-o", "json", control, "--debug"]);
  assert.equal(json.out, `${JSON.stringify(STATUS)}\n`);
  assert.deepEqual(manager.requests, [
    "GET /status",
    "GET /status",
    "GET /status?debug=true",
  ]);
});

Deno.test("without -o it is text at a terminal, and elsewhere the answer as it came", async () => {
  await using manager = new FakeManager(always(200, STATUS));
  const words = ["status", manager.control];
  const never = new AbortController().signal;
  const script = await say(words, new FakeTerminal(), never, "nothing");
  assert.equal(script.out, `${JSON.stringify(STATUS)}\n`);
  const screen = await say(words, new FakeTerminal(true), never, "nothing");
  assert.match(screen.out, /^● running for/);
});

const HEALTH = {
  status: "degraded",
  timestamp: "2026-01-02T10:00:00.000Z",
  checks: { child: { status: "ok", detail: "it runs" } },
};

Deno.test("health: 0 unless the manager says error", async () => {
  const answers = [
    { level: "ok", status: 200, code: 0 },
    { level: "degraded", status: 200, code: 0 },
    { level: "error", status: 503, code: 1 },
  ];
  for (const { level, status, code } of answers) {
    const health = { ...HEALTH, status: level };
    await using manager = new FakeManager(always(status, health));
    const said = await say(["health", manager.control]);
    assert.equal(said.code, code, level);
    assert.equal(said.out, `status: ${level}\nchild: ok: it runs\n`);
    const json = await say(["health", "-o=json", manager.control]);
    assert.deepEqual([json.code, JSON.parse(json.out)], [code, health]);
  }
});

Deno.test("health --ready and --live: 0 or 1, with the reason", async () => {
  for (const probe of ["ready", "live"]) {
    const words = ["health", `--${probe}`];
    await using yes = new FakeManager(always(200, "ok"));
    assert.deepEqual(await say([...words, yes.control]), {
      code: 0,
      out: "ok\n",
      errors: "",
    });
    assert.deepEqual(yes.requests, [`GET /${probe}z`]);
    const why = "child: the child is being started";
    await using no = new FakeManager(always(503, `${why}\n`));
    const said = await say([...words, no.control]);
    assert.deepEqual([said.code, said.out], [1, `${why}\n`]);
    const json = await say([...words, "-o=json", no.control]);
    assert.deepEqual(JSON.parse(json.out), { [probe]: false, message: why });
    assert.equal(json.code, 1);
  }
});

Deno.test("check --running: a line each, 1 where one is a fault", async () => {
  const findings = [
    { kind: "ok", text: "run: program []" },
    { kind: "note", text: "a\nb" },
  ];
  await using good = new FakeManager(always(200, { findings }));
  assert.deepEqual(await say(["check", "--running", "-o=text", good.control]), {
    code: 0,
    out: "ok: run: program []\nnote: a\\nb\n",
    errors: "",
  });
  assert.deepEqual(good.requests, ["GET /check"]);
  const faults = { findings: [{ kind: "fault", text: "no program" }] };
  await using bad = new FakeManager(always(200, faults));
  const json = await say(["check", "--running", "-o=json", bad.control]);
  assert.deepEqual([json.code, JSON.parse(json.out)], [1, faults]);
  const odd = { findings: [{ kind: "other", text: "?" }] };
  await using other = new FakeManager(always(200, odd));
  assert.equal((await say(["check", "--running", other.control])).code, 3);
});

Deno.test("fleet: lines, tables at a terminal, or the answer as it came", async () => {
  await using manager = new FakeManager(always(200, FLEET));
  const words = ["fleet", manager.control];
  const lines = await say(words);
  assert.deepEqual([lines.code, lines.errors], [0, ""]);
  assert.match(lines.out, /^fleet: web\nmanager: web-1\n/);
  const screen = await say(words, new FakeTerminal(true));
  assert.match(screen.out, /^● web-1 of fleet web {2}read 3s ago\n/);
  const json = await say([...words, "-o=json"]);
  assert.deepEqual(JSON.parse(json.out), FLEET);
  assert.deepEqual(manager.requests, Array(3).fill("GET /fleet"));
});

Deno.test("fleet: 1 where the fleet cannot be asked, with what was known", async () => {
  const told = { ...FLEET, unreachable: "no answer within 4s" };
  await using manager = new FakeManager(always(200, told));
  const { code, out } = await say(["fleet", manager.control]);
  assert.equal(code, 1);
  assert.match(out, /^unreachable: no answer within 4s\nread: 2026-/m);
});

Deno.test("fleet: 1 and a line where there is none, 3 where something else answers", async () => {
  const message = "This manager takes turns with no others";
  const none = { status: "refused", code: "no_fleet", message };
  await using manager = new FakeManager(always(409, none));
  for (const words of [["fleet"], ["fleet", "clear"]]) {
    assert.deepEqual(await say([...words, manager.control]), {
      code: 1,
      out: "",
      errors: `${message}\n`,
    });
    const json = await say([...words, "-o=json", manager.control]);
    assert.deepEqual([json.code, JSON.parse(json.out)], [1, none]);
  }
  const odd: [number, unknown][] = [
    [409, {}],
    [200, {}],
    [200, { ...FLEET, timestamp: 1 }],
    [200, { ...FLEET, slots: [1] }],
    [404, { status: "error", message: "There is nothing at this path" }],
  ];
  for (const [status, body] of odd) {
    await using other = new FakeManager(always(status, body));
    assert.equal((await say(["fleet", other.control])).code, 3);
  }
});

Deno.test("what changes something is asked for as the routes want it", async () => {
  await using manager = new FakeManager(
    always(200, { status: "done" }),
  );
  const table: [string, string, RegExp][] = [
    ["hold", "POST /hold {}", /held back until resume/],
    [
      "hold --reason=incident --for=90m",
      'POST /hold {"reason":"incident","for":"1h30m0s"}',
      /held back for 1h30m0s/,
    ],
    ["resume", "POST /resume", /put into effect again/],
    ["stop-child", "POST /child/stop", /is being stopped/],
    ["stop-child --wait", "POST /child/stop?wait=true", /has stopped/],
    ["start-child", "POST /child/start", /is being started/],
    ["fleet clear", "POST /fleet/clear {}", /^The fleet has refused nothing$/m],
    [
      "fleet clear 0123456789AB",
      'POST /fleet/clear {"content":"0123456789ab"}',
      /^The fleet has refused nothing$/m,
    ],
    ["log-level warn", 'PUT /log-level {"level":"warn"}', /level is warn/],
    ["reload --wait", "POST /reload?wait=true", /^Reload {2}done/],
    [
      "reload --wait --force",
      "POST /reload?wait=true&force=true",
      /^Reload {2}done/,
    ],
  ];
  for (const [line, request, text] of table) {
    const said = await say([...line.split(" "), manager.control]);
    assert.equal(said.code, 0, line);
    assert.match(said.out, text, line);
    assert.equal(manager.requests.at(-1), request);
    const json = await say([...line.split(" "), "-o=json", manager.control]);
    assert.equal(json.out, '{"status":"done"}\n');
  }
});

const OBJECTION = {
  status: "refused",
  code: "held",
  message: "Cannot reload: changes are held back: incident",
};

Deno.test("an objection is 1 and its reason, on stderr or as JSON", async () => {
  await using manager = new FakeManager(always(409, OBJECTION));
  for (const name of ["reload", "hold", "resume", "stop-child"]) {
    const said = await say([name, manager.control]);
    assert.deepEqual(said, {
      code: 1,
      out: "",
      errors: "Cannot reload: changes are held back: incident\n",
    });
  }
  const json = await say(["reload", "-o=json", manager.control]);
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.out), OBJECTION);
});

Deno.test("reload: begun is 0; waited for, only applied is", async () => {
  const begun = {
    status: "reload_initiated",
    message: "The reload has begun",
    reload_id: 7,
  };
  await using first = new FakeManager(always(202, begun));
  const said = await say(["reload", first.control]);
  assert.equal(said.code, 0);
  assert.match(said.out, /^Reload 7 has begun/);
  assert.equal((await say(["reload", "--wait", first.control])).code, 1);
  const table: [string, number, number][] = [
    ["applied", 200, 0],
    ["reverted", 200, 0],
    ["rejected", 422, 1],
    ["rolled_back", 422, 1],
    ["failed", 422, 1],
    ["superseded", 409, 1],
    ["interrupted", 409, 1],
  ];
  for (const [outcome, status, code] of table) {
    const answer = {
      status: outcome,
      message: "why",
      reload_id: 7,
      reload: { duration_seconds: 1.5, downtime_seconds: 0.2 },
    };
    await using manager = new FakeManager(always(status, answer));
    const said = await say(["reload", "--wait", manager.control]);
    assert.equal(said.code, code, outcome);
    const word = outcome.replace("_", " ");
    const line = `Reload 7 ${word} in 1.5s (no child for 200ms)`;
    const told = code === 0 ? said.out : said.errors;
    assert.ok(told.startsWith(line), told);
    assert.equal(code === 0 ? said.errors : said.out, "");
  }
});

const encoder = new TextEncoder();

/** A stream of these events, which then stays open. */
const streamOf = (text: string, isOver = false): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(encoder.encode(text));
        if (isOver) controller.close();
      },
    }),
    { headers: { "Content-Type": "text/event-stream" } },
  );

const eventText = (id: number, kind: string, data: unknown) =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;

Deno.test("reload --wait at a terminal shows its phases, then how it ended", async () => {
  const told = Promise.withResolvers<void>();
  await using manager = new FakeManager(async (request) => {
    if (request.method === "GET") {
      const check = reload(7, { outcome: null, phase: "check", phases: [] });
      const data = { what: "phase", reload: check };
      return streamOf(eventText(1, "reload", data));
    }
    await told.promise;
    return Response.json({ status: "applied", reload_id: 7 });
  });
  const terminal = new FakeTerminal(true);
  const { write } = terminal;
  terminal.write = (text) => {
    if (text.includes("Reload 7: check")) told.resolve();
    return write(text);
  };
  const said = await say(["reload", "--wait", manager.control], terminal);
  assert.equal(said.code, 0);
  assert.ok(said.out.endsWith("\r\x1b[2KReload 7 applied\n"), said.out);
  assert.deepEqual(manager.requests, ["GET /events", "POST /reload?wait=true"]);
});

Deno.test("reload --wait without events waits all the same", async () => {
  await using manager = new FakeManager((request) =>
    request.method === "GET"
      ? Response.json({ status: "error", message: "crowded" }, { status: 503 })
      : Response.json({ status: "applied", reload_id: 7 })
  );
  const terminal = new FakeTerminal(true);
  const said = await say(["reload", "--wait", manager.control], terminal);
  assert.equal(said.code, 0);
  assert.match(said.out, /Reload 7 applied\n$/);
});

Deno.test("events: a line each, and on from the last one after a connection that broke", async () => {
  const interruption = new AbortController();
  const lastIds: (string | null)[] = [];
  await using manager = new FakeManager((request) => {
    lastIds.push(request.headers.get("last-event-id"));
    const log = { time: "T", level: "info", message: `${lastIds.length}` };
    const text = eventText(lastIds.length, "log", log);
    return streamOf(`retry: 10\n\n${text}`, lastIds.length < 3);
  });
  const terminal = new FakeTerminal();
  const { write } = terminal;
  terminal.write = async (text) => {
    await write(text);
    if (text.includes("INFO 3")) interruption.abort("SIGTERM");
  };
  const said = await say(
    ["events", manager.control],
    terminal,
    interruption.signal,
  );
  assert.equal(said.code, 143);
  assert.equal(said.out, "T log: INFO 1\nT log: INFO 2\nT log: INFO 3\n");
  assert.deepEqual(lastIds, [null, "1", "2"]);
});

Deno.test("events: a manager that stays away ends it with 3", async () => {
  let asked = 0;
  await using manager = new FakeManager(() =>
    asked++ === 0
      ? streamOf("retry: 1\n\n", true)
      : Response.json({ status: "error", message: "ending" }, { status: 503 })
  );
  // Also the time in which each answer has to come.
  const timeout = `--timeout=${Math.round(scaled(1_000))}ms`;
  const said = await say(["events", timeout, manager.control]);
  assert.equal(said.code, 3);
  assert.match(said.errors, /: ending\n$/);
  assert.ok(asked > 2, `asked ${asked} times`);
});

Deno.test("events -o json: an object a line", async () => {
  const interruption = new AbortController();
  await using manager = new FakeManager(() =>
    streamOf(eventText(4, "state", { from: "idle", to: "running" }))
  );
  const terminal = new FakeTerminal();
  const { write } = terminal;
  terminal.write = async (text) => {
    await write(text);
    interruption.abort("SIGINT");
  };
  const words = ["events", "-o", "json", manager.control];
  const said = await say(words, terminal, interruption.signal);
  assert.equal(said.code, 130);
  assert.deepEqual(JSON.parse(said.out), {
    id: "4",
    event: "state",
    data: { from: "idle", to: "running" },
  });
});

Deno.test("what cannot be written is the caller's to tell", async () => {
  await using manager = new FakeManager(always(200, STATUS));
  const terminal = new FakeTerminal();
  const unread = new NotWritten(new Deno.errors.BrokenPipe());
  terminal.write = () => Promise.reject(unread);
  const saying = say(["status", manager.control], terminal);
  await assert.rejects(saying, (error) => error === unread);
  assert.deepEqual([unread.code, unread.lines], [141, []]);
});

Deno.test("top: draws until q, and leaves the terminal as it was", async () => {
  await using manager = new FakeManager((request) =>
    request.url.endsWith("/status")
      ? Response.json(STATUS)
      : new Response("flush_manager_child_threads 4\n")
  );
  for (const end of ["q", "SIGINT"]) {
    const terminal = new FakeTerminal(true);
    const interruption = new AbortController();
    const { write } = terminal;
    terminal.write = async (text) => {
      await write(text);
      if (!text.includes("q: quit")) return;
      if (end === "q") terminal.press("q");
      else interruption.abort(end);
    };
    const words = ["top", manager.control];
    const said = await say(words, terminal, interruption.signal);
    assert.equal(said.code, 0);
    assert.ok(said.out.startsWith("\x1b[?1049h\x1b[?25l\x1b[H● "), said.out);
    assert.ok(said.out.includes("4 threads"));
    assert.ok(said.out.endsWith("\x1b[?25h\x1b[?1049l"), said.out);
    assert.ok(terminal.isRestored);
  }
});

Deno.test("top: without a terminal it is a usage error, without a manager 3", async () => {
  await using manager = new FakeManager(always(200, STATUS));
  const said = await say(["top", manager.control]);
  assert.equal(said.code, 2);
  assert.match(said.errors, /^Cannot use top: it needs a terminal/);
  const dumb = new FakeTerminal(true);
  dumb.canRedraw = false;
  const refused = await say(["top", manager.control], dumb);
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  const away = ["top", "--control=unix:/no/such/socket"];
  const none = await say(away, new FakeTerminal(true));
  assert.deepEqual([none.code, none.out], [3, ""]);
});
