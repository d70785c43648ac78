/** The loop: events are handled one at a time, in order, whatever happens around the first start. */
import assert from "node:assert/strict";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import { type Host, Loop } from "../../src/manager/loop.ts";
import { EXIT_BUG } from "../../src/core/vocabulary/exit_status.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
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
    unread: [],
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
  takeStalled: () => 0,
  log: () => {},
  look: () => {},
  spawn: () => {},
  signal: () => {},
  isGroupAlive: () => false,
  leave: () => {},
  setTimer: () => {},
  suspend: () => {},
  vet: () => {},
  act: () => {},
  cancel: () => {},
  activate: () => {},
  keep: () => {},
  capture: () => {},
  askSign: () => {},
  awaitDependencies: () => {},
  askLive: () => {},
  askDependencies: () => {},
  beforeStart: () => {},
  afterExit: () => {},
  endHook: () => {},
  takeSlot: () => {},
  reportSlot: () => {},
  showMember: () => {},
  releaseSlot: () => {},
});

/** A manager of a system in which everything works, and what that was asked to do. */
function recorder(
  policy = QUICK,
): { loop: Loop; calls: string[]; traces: string[] } {
  const calls: string[] = [];
  const traces: string[] = [];
  const host: Host = {
    ...quiet(),
    log: ({ level, text }) => {
      if (level === "trace") traces.push(text);
      else calls.push(`log ${text}`);
    },
    look: () => calls.push("look"),
    spawn: (run) => {
      calls.push("spawn");
      loop.dispatch({ kind: "spawned", run, pid: 7 });
    },
    signal: (_run, signal) => calls.push(`signal ${signal}`),
  };
  const loop = new Loop(host, policy);
  return { loop, calls, traces };
}

const signals = (calls: readonly string[]) =>
  calls.filter((call) => call.startsWith("signal"));

Deno.test("a child is started on the first look", () => {
  const { loop, calls } = recorder();
  loop.dispatch(BEGIN);
  loop.dispatch(SEEN);
  assert.deepEqual(calls.slice(0, 3), [
    "look",
    "log Starting child process: program []",
    "spawn",
  ]);
  assert.equal(loop.model.state.kind, "running");
});

Deno.test("each change of the state is traced with its event", async () => {
  const { loop, traces } = recorder();
  loop.dispatch(BEGIN);
  loop.dispatch(SEEN);
  loop.dispatch({ kind: "hint", cause: "event" });
  loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  loop.dispatch(EXITED);
  await loop.done;
  assert.deepEqual(traces, [
    "State idle -> preparing on begin",
    "State preparing -> spawning on observed",
    "State spawning -> running on spawned",
    "State running -> stopping on signal",
    "State stopping -> sweeping on exited",
    "State sweeping -> done on groupProbed",
  ]);
});

Deno.test("without paths the first child waits for no look", () => {
  const { loop, calls } = recorder({ ...QUICK, configs: [] });
  loop.dispatch(BEGIN);
  assert.equal(calls[0], "log Starting child process: program []");
  assert.equal(calls[1], "spawn");
  const { state } = loop.model;
  assert.ok("run" in state && state.run === 1);
});

Deno.test("without paths and with an environment to vet, it is looked at first", () => {
  const policy: Policy = {
    ...QUICK,
    configs: [],
    vetting: { atStart: "fail" },
  };
  const { loop, calls } = recorder(policy);
  loop.dispatch(BEGIN);
  assert.deepEqual(calls, ["look"]);
});

Deno.test("a signal before the manager begins is as good as one after it", async () => {
  const stopped = recorder();
  stopped.loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  stopped.loop.dispatch(BEGIN);
  assert.equal(await stopped.loop.done, 0);
  assert.ok(!stopped.calls.includes("spawn"));

  const { loop, calls } = recorder();
  loop.dispatch({ kind: "signal", signal: "SIGHUP" });
  loop.dispatch(BEGIN);
  loop.dispatch(SEEN);
  loop.dispatch({ kind: "timer", name: "held" });
  loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  loop.dispatch(EXITED);
  assert.equal(await loop.done, 0);
  assert.deepEqual(signals(calls), ["signal SIGHUP", "signal SIGTERM"]);
});

Deno.test("a stop before the first look needs no child", async () => {
  const { loop, calls } = recorder();
  loop.dispatch(BEGIN);
  loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  loop.dispatch(SEEN);
  assert.equal(await loop.done, 0);
  assert.ok(!calls.includes("spawn"));
});

Deno.test("an effect that causes an event ends before that event is handled", () => {
  const order: string[] = [];
  const loop: Loop = new Loop({
    ...quiet(),
    look: () => {
      order.push("look begins");
      loop.dispatch(SEEN);
      order.push("look ends");
    },
    spawn: () => order.push("spawn"),
  }, QUICK);
  loop.dispatch(BEGIN);
  assert.deepEqual(order, ["look begins", "look ends", "spawn"]);
});

Deno.test("if even the answer to a bug fails, the child is killed and the manager ends", async () => {
  let broken = false;
  const killed: string[] = [];
  const loop = new Loop({
    ...quiet(),
    log: () => {
      if (broken) throw new Error("simulated");
    },
    signal: (run, signal) => killed.push(`${run} ${signal}`),
  }, QUICK);
  loop.dispatch(BEGIN);
  loop.dispatch(SEEN);
  loop.dispatch({ kind: "spawned", run: 1, pid: 7 });
  broken = true;
  loop.dispatch({ kind: "bug", detail: "simulated" });
  assert.equal(await loop.done, EXIT_BUG);
  assert.ok(killed.includes("1 SIGKILL"));
  loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  assert.equal(loop.model.state.kind, "done");
});

Deno.test("a bug before the first spawn has answered ends with 70, whatever is asked for besides", async () => {
  for (const pid of [undefined, 7]) {
    const host = { ...quiet(), spawn: () => {} };
    const loop = new Loop(host, QUICK);
    loop.dispatch(BEGIN);
    loop.dispatch(SEEN);
    loop.dispatch({ kind: "bug", detail: "simulated" });
    loop.dispatch({ kind: "signal", signal: "SIGTERM" });
    const failure = { kind: "not-found", detail: "simulated" } as const;
    if (pid === undefined) {
      loop.dispatch({ kind: "spawnFailed", run: 1, failure });
    } else {
      loop.dispatch({ kind: "spawned", run: 1, pid });
      loop.dispatch(EXITED);
    }
    assert.equal(await loop.done, EXIT_BUG);
  }
});

Deno.test("each step is told to the observer, in order and when its effects are performed, and before to who needs it then", async () => {
  const calls: string[] = [];
  const decided: string[] = [];
  const loop: Loop = new Loop(
    {
      ...quiet(),
      look: () => calls.push("look"),
      spawn: (run) => loop.dispatch({ kind: "spawned", run, pid: 7 }),
    },
    QUICK,
    {
      onDecided: ({ event }) => decided.push(`${event.kind} ${calls.length}`),
      onStep: ({ event, before, after, effects }) =>
        calls.push(
          `${event.kind} ${before.state.kind} ${after.state.kind} ${effects.length}`,
        ),
    },
  );
  loop.dispatch(BEGIN);
  assert.deepEqual(calls, ["look", "begin idle preparing 1"]);
  assert.deepEqual(decided, ["begin 0"]);
  loop.dispatch(SEEN);
  loop.dispatch({ kind: "signal", signal: "SIGTERM" });
  loop.dispatch(EXITED);
  assert.equal(await loop.done, 0);
  const told = calls.filter((call) => call !== "look")
    .map((call) => call.split(" ").slice(0, 3).join(" "));
  assert.deepEqual(told, [
    "begin idle preparing",
    "observed preparing spawning",
    "spawned spawning running",
    "signal running stopping",
    "exited stopping sweeping",
    "groupProbed sweeping done",
  ]);
});

Deno.test("an observer that throws is a bug: no effect is lost, the child is stopped in order, and it hears of nothing more", async () => {
  const calls: string[] = [];
  let heard = 0;
  const loop: Loop = new Loop(
    {
      ...quiet(),
      spawn: (run) => loop.dispatch({ kind: "spawned", run, pid: 7 }),
      signal: (_run, signal) => calls.push(signal),
    },
    QUICK,
    {
      onStep: ({ event }) => {
        heard++;
        if (event.kind === "signal") throw new Error("observer");
      },
    },
  );
  loop.dispatch(BEGIN);
  loop.dispatch(SEEN);
  loop.dispatch({ kind: "timer", name: "held" });
  const before = heard;
  loop.dispatch({ kind: "signal", signal: "SIGHUP" });
  assert.deepEqual(calls, ["SIGHUP", "SIGTERM"]);
  loop.dispatch(EXITED);
  assert.equal(await loop.done, EXIT_BUG);
  assert.equal(heard, before + 1);
});
