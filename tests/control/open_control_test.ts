/** The endpoint of one manager: what steps become, what commands lead to, and how it ends. */
import assert from "node:assert/strict";
import {
  type ControlEndpoint,
  type ControlOptions,
  type CoreCommand,
  openControl,
} from "../../src/control/open_control.ts";
import type { Journal } from "../../src/control/vocabulary/journal.ts";
import { info, type Message } from "../../src/core/vocabulary/message.ts";
import { initialModel, type Model } from "../../src/core/vocabulary/model.ts";
import type { LogLevel } from "../../src/core/vocabulary/settings.ts";
import type { TakenStep } from "../../src/core/vocabulary/taken_step.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { QUICK } from "../simulation/stepping.ts";
import { answered, Client, requestOf } from "./server/endpoint.ts";
import { endedReload } from "./server/fake_control.ts";

type Reloads = Pick<Journal, "reloads" | "current" | "lastReloadId">;

const MODEL = initialModel(QUICK);
const STOPPED: Model = { ...MODEL, state: { kind: "done", code: 0 } };
const HELD: Model["gate"] = "held";
const STARTED_AT = 1_000;

/** A manager of which only the journal changes, and what it was asked for. */
class Manager {
  readonly lines: Message[] = [];
  readonly commands: CoreCommand[] = [];
  readonly levels: LogLevel[] = [];
  objection: { readonly code: string; readonly why: string } | undefined;
  reloads: Reloads = { reloads: [], current: undefined, lastReloadId: 0 };
  /** What the journal is after the next step. */
  next: Reloads | Error = this.reloads;
  endpoint: ControlEndpoint | undefined;

  async open(
    options: Pick<ControlOptions, "addresses"> & Partial<ControlOptions>,
  ): Promise<ControlEndpoint> {
    return this.endpoint = await openControl({
      certificate: undefined,
      tokenFile: undefined,
      hosts: [],
      reports: this.#reports(),
      model: () => MODEL,
      objectionTo: () => this.objection,
      dispatch: (command) => {
        this.commands.push(command);
        this.step(MODEL, MODEL);
      },
      setLogLevel: (level) => void this.levels.push(level),
      log: (message) => void this.lines.push(message),
      ...options,
    });
  }

  step(before: Model, after: Model): void {
    const taken: TakenStep = {
      event: { kind: "resume", at: 0 },
      before,
      after,
      effects: [],
    };
    this.endpoint?.onStep(taken);
  }

  #reports(): ControlOptions["reports"] {
    // Only these are read here.
    const journal =
      () => ({ ...this.reloads, startedAt: STARTED_AT } as Journal);
    return {
      journal,
      record: () => {
        if (this.next instanceof Error) throw this.next;
        this.reloads = this.next;
        return journal();
      },
      status: () => ({ state: "running" }),
      health: () => ({ status: "ok" }),
      liveness: () => ({ ok: true, text: "ok" }),
      readiness: () => ({ ok: true, text: "ok" }),
      metrics: () => ({ contentType: "text/plain", body: "" }),
      shownReload: ({ id, phases, outcome }) => ({
        id,
        phase: phases.at(-1)?.phase,
        outcome,
      }),
      shownHold: () => ({ reason: "incident" }),
    };
  }
}

interface Opened extends AsyncDisposable {
  readonly manager: Manager;
  readonly path: string;
  readonly endpoint: ControlEndpoint;
}

async function opened(): Promise<Opened> {
  const directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  const manager = new Manager();
  const endpoint = await manager.open({
    addresses: [{ kind: "unix", path, mode: 0o600, group: undefined }],
  });
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

const underWay = (phases: readonly ("check" | "stop")[]) =>
  endedReload({
    outcome: undefined,
    endedAt: undefined,
    phases: phases.map((phase) => ({
      phase,
      startedAt: 0,
      durationMs: undefined,
    })),
  });

Deno.test("a command becomes an event of the core, unless there is an objection", async () => {
  await using it = await opened();
  const { manager } = it;
  const hold = '{"reason":"x","for":"1m"}';
  assert.equal((await ask(it, "/hold", "POST", hold)).status, 200);
  assert.equal((await ask(it, "/child/stop", "POST")).status, 200);
  assert.deepEqual(manager.commands, [
    { kind: "hold", reason: "x", forMs: 60_000 },
    { kind: "stopChild" },
  ]);
  manager.objection = { code: "busy", why: "a reload is under way" };
  const { status, body } = await ask(it, "/child/start", "POST");
  assert.equal(status, 409);
  assert.deepEqual(JSON.parse(body), {
    status: "refused",
    code: "busy",
    message: "Cannot start the child: a reload is under way",
  });
  assert.equal(manager.commands.length, 2);
});

Deno.test("the level of the log is set whatever the core is doing", async () => {
  await using it = await opened();
  it.manager.objection = { code: "busy", why: "" };
  assert.equal((await ask(it, "/log-level", "PUT", "error")).status, 200);
  assert.deepEqual(it.manager.levels, ["error"]);
  assert.deepEqual(it.manager.commands, []);
});

Deno.test("a reload is told by the id that the journal has given it, and waited for", async () => {
  await using it = await opened();
  const { manager } = it;
  const begun = {
    reloads: [],
    current: underWay(["check"]),
    lastReloadId: 7,
  };
  manager.next = begun;
  const { body } = await ask(it, "/reload", "POST");
  assert.equal(JSON.parse(body).reload_id, 7);
  using client = await clientAt(it);
  await client.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it is taken", () => manager.commands.length === 2);
  manager.next = {
    ...begun,
    current: undefined,
    reloads: [endedReload({ outcome: "rejected", detail: "exit 1" })],
  };
  manager.step(MODEL, MODEL);
  const answer = answered(await client.rest());
  assert.equal(answer.status, 422);
  assert.match(answer.body, /"message":"exit 1"/);
  // It has ended by the time that it is waited for.
  assert.equal((await ask(it, "/reload?wait", "POST")).status, 422);
});

Deno.test("steps and lines become events, in order", async () => {
  await using it = await opened();
  const { manager, endpoint } = it;
  using client = await clientAt(it);
  await client.send(requestOf("/events"));
  await client.until("retry");
  const held: Model = { ...MODEL, gate: HELD };
  manager.next = {
    reloads: [],
    current: underWay(["check"]),
    lastReloadId: 7,
  };
  manager.step(MODEL, held);
  manager.next = { ...manager.next, current: underWay(["check", "stop"]) };
  manager.step(MODEL, MODEL);
  manager.next = {
    ...manager.next,
    current: undefined,
    reloads: [endedReload()],
  };
  manager.step(MODEL, STOPPED);
  endpoint.onLine(info("the end", { code: 0 }));
  const text = await client.until("the end");
  const events = [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)];
  assert.deepEqual(
    events.map(([, id, event, data]) => {
      const { time, ...rest } = JSON.parse(data);
      assert.match(time, /^\d{4}-\d\d-\d\dT/);
      return [Number(id) - STARTED_AT, event, rest];
    }),
    [
      [0, "reload", { what: "begun", reload: { id: 7, phase: "check" } }],
      [1, "hold", { hold: { reason: "incident" } }],
      [2, "reload", { what: "phase", reload: { id: 7, phase: "stop" } }],
      [3, "reload", { what: "ended", reload: { id: 7, outcome: "applied" } }],
      [4, "state", { from: "idle", to: "done", event: "resume" }],
      [5, "log", { level: "info", message: "the end", fields: { code: 0 } }],
    ],
  );
});

Deno.test("a fault in the journal is told once, and stops nothing", async () => {
  await using it = await opened();
  const { manager } = it;
  const listening = manager.lines.length;
  manager.next = new Error("no room");
  manager.step(MODEL, MODEL);
  manager.step(MODEL, MODEL);
  assert.deepEqual(manager.lines.slice(listening).map(({ text }) => text), [
    "Control endpoint degraded: what happens is not recorded as it should be: Error: no room",
  ]);
  assert.equal((await ask(it, "/livez")).status, 200);
});

Deno.test("an address that others reach needs a token file, a loopback does not", async () => {
  const manager = new Manager();
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
  const manager = new Manager();
  const endpoint = await manager.open({
    addresses: [{ kind: "tcp", host: "127.0.0.1", port: 0 }],
    tokenFile,
  });
  const status = async () => {
    using client = await Client.to(endpoint.ports[0]);
    const headers = { Authorization: "Bearer one" };
    await client.send(requestOf("/status", { headers }));
    return answered(await client.rest()).status;
  };
  const told = () => manager.lines.map(({ text }) => text).slice(1);
  assert.equal(await status(), 401);
  assert.equal(await status(), 401);
  assert.equal(told().length, 1);
  assert.match(told()[0], /^Cannot use the token in /);
  await Deno.writeTextFile(tokenFile, "one");
  assert.equal(await status(), 200);
  assert.equal(await status(), 200);
  assert.match(told()[1], /can be used again$/);
  assert.equal(told().length, 2);
  assert.ok(told().every((text) => !text.includes("one\n")));
  await endpoint.close();
});

Deno.test("at its end who waits is answered, and the socket is gone", async () => {
  const it = await opened();
  it.manager.next = {
    reloads: [],
    current: underWay([]),
    lastReloadId: 7,
  };
  using client = await clientAt(it);
  await client.send(requestOf("/reload?wait", { method: "POST" }));
  await until("it is taken", () => it.manager.commands.length === 1);
  await it.endpoint.close();
  assert.equal(answered(await client.rest()).status, 503);
  await assert.rejects(Deno.lstat(it.path), Deno.errors.NotFound);
  await it[Symbol.asyncDispose]();
});
