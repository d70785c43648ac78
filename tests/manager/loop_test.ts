/** The loop with a core that arrives in two parts: nothing is lost on the way. */
import assert from "node:assert/strict";
import {
  App,
  type Decide,
  type Happening,
  type Host,
} from "../../src/manager/loop.ts";
import { EXIT_BUG } from "../../src/core/vocabulary/exit_status.ts";
import { opening } from "../../src/manager/opening.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import { step } from "../../src/core/step.ts";
import { holding, QUICK } from "../simulation/stepping.ts";

const BEGIN: Happening = { kind: "begin" };
const SEEN: Happening = {
  kind: "observed",
  startedAt: 0,
  observation: {
    at: 0,
    fingerprint: holding(1),
    depth: "content",
    cause: "timer",
  },
};

const EXITED: Happening = {
  kind: "exited",
  run: 1,
  status: { kind: "code", code: 0 },
};

/** A system that does nothing. */
const quiet = (): Host => ({
  now: () => 0,
  log: () => {},
  look: () => {},
  spawn: () => {},
  signal: () => {},
  isGroupAlive: () => false,
  setTimer: () => {},
  suspend: () => {},
  vet: () => {},
  act: () => {},
  cancel: () => {},
  activate: () => {},
  keep: () => {},
  awaitDependencies: () => {},
});

/** A manager of a system in which everything works, and what that was asked to do. */
function recorder(
  decide: Decide,
  whole?: () => Promise<Decide>,
  policy = QUICK,
): { app: App; calls: string[] } {
  const calls: string[] = [];
  const host: Host = {
    ...quiet(),
    log: ({ text }) => calls.push(`log ${text}`),
    look: () => calls.push("look"),
    spawn: (run) => {
      calls.push("spawn");
      app.dispatch({ kind: "spawned", run, pid: 7 });
    },
    signal: (_run, signal) => calls.push(`signal ${signal}`),
  };
  const app = new App(host, policy, decide, whole);
  return { app, calls };
}

/** Waits for a state that takes nothing but turns of the microtask queue. */
async function comesTo(app: App, kind: string): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    if (app.model.state.kind === kind) return;
    await Promise.resolve();
  }
  assert.equal(app.model.state.kind, kind);
}

Deno.test("a start needs no more than the opening", async () => {
  let askedAfter: string[] | undefined;
  const { app, calls } = recorder(opening, () => {
    askedAfter = [...calls];
    return Promise.resolve(step);
  });
  app.dispatch(BEGIN);
  app.dispatch(SEEN);
  assert.deepEqual(askedAfter, [
    "look",
    "log Starting child process: program []",
    "spawn",
  ]);
  await comesTo(app, "running");
});

Deno.test("without paths the first child waits for no look, with the whole core or a part of it", () => {
  for (const core of [opening, step]) {
    const { app, calls } = recorder(
      core,
      () => Promise.resolve(step),
      { ...QUICK, configs: [] },
    );
    app.dispatch(BEGIN);
    assert.equal(calls[0], "log Starting child process: program []");
    assert.equal(calls[1], "spawn");
    const { state } = app.model;
    assert.ok("run" in state && state.run === 1);
  }
});

Deno.test("without paths and with an environment to vet, it is looked at first", () => {
  const policy: Policy = {
    ...QUICK,
    configs: [],
    vetting: { atStart: "fail" },
  };
  const { app, calls } = recorder(opening, undefined, policy);
  app.dispatch(BEGIN);
  assert.deepEqual(calls, ["look"]);
});

Deno.test("what the opening cannot decide waits for the whole, and what follows waits behind it", async () => {
  const { promise, resolve } = Promise.withResolvers<Decide>();
  let loads = 0;
  const { app, calls } = recorder(opening, () => {
    loads++;
    return promise;
  });
  app.dispatch(BEGIN);
  app.dispatch(SEEN);
  app.dispatch({ kind: "signal", signal: "SIGHUP" });
  app.dispatch({ kind: "signal", signal: "SIGTERM" });
  app.dispatch(EXITED);
  assert.deepEqual(calls.filter((call) => call.startsWith("signal")), []);
  resolve(step);
  assert.equal(await app.done, 0);
  assert.equal(loads, 1);
  assert.deepEqual(
    calls.filter((call) => call.startsWith("signal")),
    ["signal SIGHUP", "signal SIGTERM"],
  );
});

Deno.test("a signal before the manager begins is as good as one after it", async () => {
  const whole = () => Promise.resolve(step);
  const stopped = recorder(opening, whole);
  stopped.app.dispatch({ kind: "signal", signal: "SIGTERM" });
  stopped.app.dispatch(BEGIN);
  assert.equal(await stopped.app.done, 0);
  assert.ok(!stopped.calls.includes("spawn"));

  const { app, calls } = recorder(opening, whole);
  app.dispatch({ kind: "signal", signal: "SIGHUP" });
  app.dispatch(BEGIN);
  app.dispatch(SEEN);
  // The whole core is there after that.
  await comesTo(app, "running");
  app.dispatch({ kind: "timer", name: "held" });
  app.dispatch({ kind: "signal", signal: "SIGTERM" });
  app.dispatch(EXITED);
  assert.equal(await app.done, 0);
  assert.deepEqual(
    calls.filter((call) => call.startsWith("signal")),
    ["signal SIGHUP", "signal SIGTERM"],
  );
});

Deno.test("a stop before the first look needs no child", async () => {
  const { app, calls } = recorder(opening, () => Promise.resolve(step));
  app.dispatch(BEGIN);
  app.dispatch({ kind: "signal", signal: "SIGTERM" });
  app.dispatch(SEEN);
  assert.equal(await app.done, 0);
  assert.ok(!calls.includes("spawn"));
});

Deno.test("if the whole cannot be loaded, the child is taken along", async () => {
  const { app, calls } = recorder(
    opening,
    () => Promise.reject(new Error("gone")),
  );
  app.dispatch(BEGIN);
  app.dispatch(SEEN);
  app.dispatch({ kind: "signal", signal: "SIGHUP" });
  app.dispatch({ kind: "signal", signal: "SIGUSR1" });
  assert.equal(await app.done, EXIT_BUG);
  assert.ok(calls.includes("signal SIGKILL"));
  app.dispatch({ kind: "signal", signal: "SIGTERM" });
  assert.equal(app.model.state.kind, "done");
});

Deno.test("a bug before the first spawn has answered ends with 70, whatever is asked for besides", async () => {
  for (const pid of [undefined, 7]) {
    const host = { ...quiet(), spawn: () => {} };
    const app = new App(host, QUICK, step);
    app.dispatch(BEGIN);
    app.dispatch(SEEN);
    app.dispatch({ kind: "bug", detail: "simulated" });
    app.dispatch({ kind: "signal", signal: "SIGTERM" });
    const failure = { kind: "not-found", detail: "simulated" } as const;
    if (pid === undefined) {
      app.dispatch({ kind: "spawnFailed", run: 1, failure });
    } else {
      app.dispatch({ kind: "spawned", run: 1, pid });
      app.dispatch(EXITED);
    }
    assert.equal(await app.done, EXIT_BUG);
  }
});
