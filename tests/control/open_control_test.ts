/** The endpoint of one manager, with the real core: what steps become, what commands lead to, and how it ends. */
import assert from "node:assert/strict";
import {
  type ControlEndpoint,
  type ControlOptions,
  openControl,
} from "../../src/control/open_control.ts";
import { step } from "../../src/core/step.ts";
import { fault } from "../../src/core/vocabulary/finding.ts";
import { info, type Message } from "../../src/core/vocabulary/message.ts";
import type { LogLevel } from "../../src/core/vocabulary/settings.ts";
import type { TakenStep } from "../../src/core/vocabulary/taken_step.ts";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { settingsOf } from "../manager/settings.ts";
import { QUICK, Stepping } from "../simulation/stepping.ts";
import { FakeFleet, nameOf } from "./fleet_example.ts";
import {
  checkedOk,
  newRecorder,
  NO_CHECKS,
  SOURCES,
} from "./report_sources.ts";
import { answered, Client, requestOf } from "./server/endpoint.ts";

/** Tells of each step as the event loop does. */
class Manager extends Stepping {
  endpoint: ControlEndpoint | undefined;
  readonly recorder = newRecorder();
  readonly told: Message[] = [];
  readonly levels: LogLevel[] = [];
  commands = 0;
  /** What the next steps are told as, instead of what they were. */
  forged: TakenStep | undefined;

  override send(happening: Happening): string[] {
    const { model: before } = this;
    const event = { ...happening, at: this.now };
    const { model: after, effects } = step(before, event, QUICK);
    const taken = { event, before, after, effects };
    this.model = after;
    const told = this.forged ?? taken;
    this.recorder.enter(told);
    this.endpoint?.onStep(told);
    this.model = before;
    return super.send(happening);
  }

  async open(
    options: Pick<ControlOptions, "addresses"> & Partial<ControlOptions>,
  ): Promise<ControlEndpoint> {
    return this.endpoint = await openControl({
      certificate: undefined,
      tokenFile: undefined,
      hosts: [],
      healthChecks: NO_CHECKS,
      fleet: undefined,
      ...SOURCES,
      recorder: this.recorder,
      model: () => this.model,
      dispatch: (command) => {
        this.commands++;
        this.send(command);
      },
      setLogLevel: (level) => void this.levels.push(level),
      log: (message) => void this.told.push(message),
      check: checkedOk,
      ...options,
    });
  }

  /** The lines about the endpoint but for those that tell where it listens. */
  get faults(): string[] {
    return this.told.map(({ text }) => text)
      .filter((text) => !text.includes("listens on"));
  }
}

interface Opened extends AsyncDisposable {
  readonly manager: Manager;
  readonly path: string;
  readonly endpoint: ControlEndpoint;
}

/** With a child that is ready on content 1. */
async function opened(
  options: Partial<ControlOptions> = {},
): Promise<Opened> {
  const directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  const manager = new Manager(QUICK);
  const endpoint = await manager.open({
    addresses: [{ kind: "unix", path, mode: 0o600, group: undefined }],
    ...options,
  });
  manager.send({ kind: "begin" });
  manager.look(1);
  manager.look(1);
  manager.now += 60_000;
  return {
    manager,
    path,
    endpoint,
    [Symbol.asyncDispose]: async () => {
      await endpoint.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function clientAt({ path }: Opened): Promise<Client> {
  return new Client(await Deno.connect({ transport: "unix", path }));
}

async function ask(it: Opened, path: string, method = "GET", body?: string) {
  using client = await clientAt(it);
  await client.send(requestOf(path, { method, body }));
  return answered(await client.rest());
}

Deno.test("status, health, probes and metrics tell of the real model", async () => {
  await using it = await opened();
  const status = JSON.parse((await ask(it, "/status")).body);
  assert.equal(status.state, "running");
  assert.equal(status.child.pid, 1_001);
  assert.equal(status.debug, undefined);
  const debug = JSON.parse((await ask(it, "/status?debug")).body);
  assert.equal(debug.debug.status, "no_debug_info");
  const health = await ask(it, "/health");
  assert.equal(health.status, 200);
  assert.equal(JSON.parse(health.body).checks.control.status, "ok");
  assert.equal((await ask(it, "/readyz")).body, "ok");
  assert.match((await ask(it, "/livez?verbose")).body, /^\[\+\]ping ok\n/);
  const metrics = await ask(it, "/metrics");
  assert.match(metrics.headers.get("content-type") ?? "", /version=0\.0\.4/);
  assert.match(metrics.body, /^flush_manager_child_up 1$/m);
  it.manager.signal("SIGTERM");
  const ready = await ask(it, "/readyz");
  assert.equal(ready.status, 503);
  assert.match(ready.body, /the manager is ending/);
});

Deno.test("the fleet is told of, by what was read last or anew, and is changed as asked", async () => {
  const fleet = new FakeFleet();
  const settings = () =>
    settingsOf("--config=/c", "--fleet=web", "--fleet-dir=/f");
  await using it = await opened({ fleet, settings });
  const statusNow = async () => JSON.parse((await ask(it, "/status")).body);
  const { fleet: known } = await statusNow();
  assert.deepEqual(
    [known.group, known.name, known.content, known.read_at],
    ["web", "web-1", nameOf(1), null],
  );
  const shown = JSON.parse((await ask(it, "/fleet")).body);
  assert.deepEqual(shown.proven, [nameOf(1)]);
  const { timestamp, members, ...rest } = shown;
  const {
    members_partial: isPartial,
    members_unreachable: fault,
    ...fleetShown
  } = rest;
  assert.deepEqual([members, isPartial, fault], [null, false, null]);
  assert.match(timestamp, /Z$/);
  assert.deepEqual((await statusNow()).fleet, fleetShown);
  const cleared = await ask(it, "/fleet/clear", "POST");
  assert.equal(cleared.status, 200);
  assert.match(it.manager.faults.join(), /^Refusals of the fleet cleared as /);
});

Deno.test("without a fleet there is none to tell of", async () => {
  await using it = await opened();
  assert.equal(JSON.parse((await ask(it, "/status")).body).fleet, null);
  assert.equal((await ask(it, "/fleet")).status, 409);
});

Deno.test("a command becomes an event of the core, unless there is an objection", async () => {
  await using it = await opened();
  const hold = '{"reason":"backup","for":"1m"}';
  assert.equal((await ask(it, "/hold", "POST", hold)).status, 200);
  const { since, ...gate } = { since: 0, ...it.manager.model.gate };
  assert.deepEqual(gate, {
    kind: "held",
    until: since + 60_000,
    reason: "backup",
  });
  const { status, body } = await ask(it, "/reload", "POST");
  assert.equal(status, 409);
  const { code, message } = JSON.parse(body);
  assert.equal(code, "held");
  assert.match(message, /^Cannot reload: .*backup/);
  assert.equal((await ask(it, "/resume", "POST")).status, 200);
  assert.equal(it.manager.model.gate.kind, "open");
  assert.equal((await ask(it, "/resume", "POST")).status, 409);
  assert.equal((await ask(it, "/child/stop", "POST")).status, 200);
  assert.equal(it.manager.model.state.kind, "stopping");
});

Deno.test("the level of the log is set whatever the core is doing", async () => {
  await using it = await opened();
  it.manager.signal("SIGTERM");
  assert.equal((await ask(it, "/log-level", "PUT", "error")).status, 200);
  assert.equal((await ask(it, "/log-level", "PUT", "Warning")).status, 200);
  assert.equal(
    (await ask(it, "/log-level", "PUT", '{"level":"INFO"}')).status,
    200,
  );
  assert.deepEqual(it.manager.levels, ["error", "warn", "info"]);
});

Deno.test("a reload is told by its id, and waited for until its child is ready", async () => {
  await using it = await opened();
  const { manager } = it;
  using client = await clientAt(it);
  await client.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it is taken", () => manager.commands === 1);
  manager.look(1);
  const { status, body } = await ask(it, "/reload", "POST");
  assert.equal(status, 409);
  assert.equal(JSON.parse(body).code, "busy");
  manager.end(1);
  manager.look(1);
  manager.look(1);
  const answer = answered(await client.rest());
  const { reload, ...rest } = JSON.parse(answer.body);
  assert.equal(answer.status, 200);
  assert.deepEqual(rest, {
    status: "applied",
    message: "The child runs on the content of now",
    reload_id: 1,
  });
  assert.equal(reload.trigger, "request");
  const shown = JSON.parse((await ask(it, "/status")).body).reloads;
  assert.deepEqual(shown, [reload]);
});

Deno.test("a stop of the child is waited for until nothing of it is left", async () => {
  await using it = await opened();
  const { manager } = it;
  using client = await clientAt(it);
  await client.send(requestOf("/child/stop?wait", { method: "POST" }));
  await until("it is taken", () => manager.commands === 1);
  assert.equal((await ask(it, "/child/stop", "POST")).status, 409);
  manager.end(1);
  const answer = answered(await client.rest());
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.body), { status: "stopped" });
  assert.equal(manager.model.state.kind, "halted");
});

Deno.test("steps and lines become events, in order", async () => {
  await using it = await opened();
  const { manager, endpoint } = it;
  using client = await clientAt(it);
  await client.send(requestOf("/events"));
  await client.until("retry");
  manager.hold(undefined, "incident");
  manager.send({ kind: "resume" });
  manager.send({ kind: "reload", force: false });
  manager.look(1);
  endpoint.onLine(info("told", "the end", { code: 0 }));
  const text = await client.until("the end");
  const events = [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)]
    .map(([, id, event, data]) => ({ ...JSON.parse(data), id, event }));
  const ids = events.map(({ id }) => Number(id));
  assert.deepEqual(ids, ids.map((_, at) => ids[0] + at));
  assert.ok(events.every(({ time }) => /^\d{4}-\d\d-\d\dT/.test(time)));
  assert.deepEqual(
    events.map(({ event, what, hold, reload, from, to, message }) =>
      [
        event,
        what,
        hold?.reason,
        reload?.phase,
        from && `${from} ${to}`,
        message,
      ].filter((word) => word !== undefined && word !== null).join(" ")
    ),
    [
      "hold incident",
      "hold",
      "reload begun detect",
      "reload phase stop",
      "state running stopping",
      "log the end",
    ],
  );
});

Deno.test("settings, what check says of them and the last lines tell no secret of theirs", async () => {
  const settings = settingsOf("--env=DB=hunter2-of-env");
  const check = () =>
    Promise.resolve([fault("the program hunter2-of-env is not there")]);
  await using it = await opened({ settings: () => settings, check });
  const asked = await ask(it, "/settings");
  assert.equal(JSON.parse(asked.body).command, "program");
  const { findings } = JSON.parse((await ask(it, "/check")).body);
  assert.deepEqual(findings, [
    { kind: "fault", text: "the program [redacted] is not there" },
  ]);
  it.endpoint.onLine(info("told", "one", { code: 0 }));
  it.manager.hold(undefined, "incident");
  it.endpoint.onLine(info("told", "two hunter2-of-env"));
  const { headers, body } = await ask(it, "/logs");
  assert.equal(headers.get("content-type"), "application/x-ndjson");
  const lines = body.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ message }) => message), [
    "one",
    "two [redacted]",
  ]);
  assert.doesNotMatch(asked.body, /hunter2/);
});

Deno.test("a fault in the journal is told once, and stops nothing", async () => {
  await using it = await opened();
  const { manager } = it;
  // A step without a model, which only a bug could tell of.
  manager.forged = { effects: [] } as unknown as TakenStep;
  manager.look(1);
  manager.look(1);
  assert.equal(manager.faults.length, 1);
  assert.match(manager.faults[0], /degraded: what happens is not recorded/);
  assert.equal((await ask(it, "/livez")).status, 200);
  const { status, checks } = JSON.parse((await ask(it, "/health")).body);
  assert.deepEqual([status, checks.control.status], ["degraded", "degraded"]);
});

Deno.test("an address that others reach needs a token file, a loopback does not", async () => {
  const manager = new Manager(QUICK);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1"]) {
    const address = { kind: "tcp", host, port: 9464 } as const;
    await assert.rejects(
      manager.open({ addresses: [address] }),
      /^Error: Cannot listen on tcp:\S+: a control endpoint on an address that is not a loopback needs --control-token-file$/,
    );
  }
  const address = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const endpoint = await manager.open({ addresses: [address] });
  assert.equal(endpoint.ports.length, 1);
  await endpoint.close();
  const any = { kind: "tcp", host: "0.0.0.0", port: 0 } as const;
  const guarded = await manager.open({ addresses: [any], tokenFile: "/none" });
  await guarded.close();
});

Deno.test("a token that cannot be used is told when it becomes so, and when it can be again", async () => {
  await using directory = await tempDirectory();
  const tokenFile = `${directory.path}/token`;
  const manager = new Manager(QUICK);
  const endpoint = await manager.open({
    addresses: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    tokenFile,
  });
  const status = async () => {
    using client = await Client.to(endpoint.ports[0]);
    const headers = { Authorization: "Bearer Secret-1" };
    await client.send(requestOf("/health", { headers }));
    return answered(await client.rest()).status;
  };
  assert.equal(await status(), 401);
  assert.equal(await status(), 401);
  assert.equal(manager.faults.length, 1);
  assert.match(manager.faults[0], /^Cannot use the token in /);
  await Deno.writeTextFile(tokenFile, "Secret-1");
  assert.equal(await status(), 200);
  assert.equal(await status(), 200);
  assert.equal(manager.faults.length, 2);
  assert.match(manager.faults[1], /can be used again$/);
  assert.doesNotMatch(JSON.stringify(manager.told), /Secret/);
  await endpoint.close();
});

Deno.test("at its end who waits is answered, and the socket is gone", async () => {
  const it = await opened();
  using client = await clientAt(it);
  await client.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it is taken", () => it.manager.commands === 1);
  await it.endpoint.close();
  assert.equal(answered(await client.rest()).status, 503);
  await assert.rejects(Deno.lstat(it.path), Deno.errors.NotFound);
  await it[Symbol.asyncDispose]();
});

Deno.test("clients leave most descriptors to the manager, however few there are", async () => {
  const fixture = new URL("../fixtures/crowded_control.ts", import.meta.url);
  await using process = new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -n 80; exec "$0" run --quiet -A "$1"',
      Deno.execPath(),
      fixture.href,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  const { port, limit } = JSON.parse(new TextDecoder().decode(value));
  assert.equal(limit, 80);
  const fds = () => [...Deno.readDirSync(`/proc/${process.pid}/fd`)].length;
  const before = fds();
  const clients: Client[] = [];
  for (let count = 0; count < 60; count++) {
    const client = await Client.to(port);
    clients.push(client);
    await client.send("GET /");
  }
  // Twenty are in place, and a few others are told that there is none.
  await until("they are taken in", () => fds() >= before + 20);
  assert.ok(fds() <= before + 20 + 10, `${before} and then ${fds()}`);
  for (const client of clients) client[Symbol.dispose]();
  await reader.cancel();
  process.kill("SIGKILL");
});
