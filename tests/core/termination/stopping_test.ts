/** The end of a child's leader: the stop signal, SIGKILL, and what is asked for meanwhile. */
import assert from "node:assert/strict";
import {
  beginStop,
  stepStopping,
} from "../../../src/core/termination/stopping.ts";
import type { Now } from "../../../src/core/transition/moves.ts";
import type { Event } from "../../../src/core/vocabulary/event.ts";
import type { ExitStatus } from "../../../src/core/vocabulary/exit_status.ts";
import { initialModel } from "../../../src/core/vocabulary/model.ts";
import {
  KILL_GRACE_MS,
  type Policy,
} from "../../../src/core/vocabulary/policy.ts";
import type { Goal, Stopping } from "../../../src/core/vocabulary/state.ts";
import { OVERLAP, QUICK, Stepping } from "../../simulation/stepping.ts";
import { effectWords, nameOf } from "./words.ts";

const RESTART: Goal = {
  kind: "restart",
  reason: "config",
  on: undefined,
};
const SHUTDOWN: Goal = { kind: "shutdown" };
const RETIRE: Goal = { kind: "retire", reason: "reload" };
const BUG: Goal = { kind: "bug" };

const STATE = {
  kind: "stopping",
  run: 7,
  pid: 1_007,
  signal: "SIGTERM",
  held: [],
} as const;
const ASKED: Stopping["phase"] = { kind: "asked", by: 1_000 };
const KILLED: Stopping["phase"] = { kind: "killed", by: 1_000 };
const STUCK: Stopping["phase"] = { kind: "stuck" };

const TERM = { kind: "signal", signal: "SIGTERM" } as const;
const HUP = { kind: "signal", signal: "SIGHUP" } as const;
const TIME_UP = { kind: "timer", name: "stop" } as const;
const GO_ON = { kind: "timer", name: "continue" } as const;
const OOPS = { kind: "bug", detail: "simulated" } as const;
const EXITED = {
  kind: "exited",
  run: 7,
  status: { kind: "code", code: 3 },
} as const;

type Happening =
  | typeof TERM
  | typeof HUP
  | typeof TIME_UP
  | typeof GO_ON
  | typeof OOPS
  | typeof EXITED;

/** A step of `stopping` alone: the next state with its phase, and the effects in words. */
function play(
  goal: Goal,
  phase: Stopping["phase"],
  happening: Happening,
  at: number,
  policy: Policy = QUICK,
): [string, string] {
  const state: Stopping = { ...STATE, goal, phase };
  const now: Now = {
    model: { ...initialModel(policy), state, runs: 7 },
    policy,
    at,
  };
  const event = { ...happening, at } as Event;
  const { model, effects } = stepStopping(now, state, event);
  return [nameOf(model.state), effectWords(effects)];
}

type Line = readonly [
  what: string,
  goal: Goal,
  phase: Stopping["phase"],
  happening: Happening,
  at: number,
  next: string,
  effects: string,
];

/** The leader is run 7; its time, or that of SIGKILL, is over at 1000. */
const TABLE: readonly Line[] = [
  [
    "the leader ends in time",
    SHUTDOWN,
    ASKED,
    EXITED,
    500,
    "sweeping shutdown asked 1000",
    "probeGroup",
  ],
  [
    "what is left of the group has the rest of the time",
    RESTART,
    ASKED,
    EXITED,
    500,
    "sweeping restart asked 1000",
    "probeGroup",
  ],
  [
    "the leader ends of SIGKILL",
    RESTART,
    KILLED,
    EXITED,
    500,
    "sweeping restart killed 1000",
    "probeGroup",
  ],
  [
    "a stuck leader ends at last: the rest gets its grace",
    RESTART,
    STUCK,
    EXITED,
    5_000,
    "sweeping restart killed 6000",
    "timer stop 6000, probeGroup",
  ],
  [
    "who is stopped goes on",
    RESTART,
    ASKED,
    GO_ON,
    500,
    "stopping restart asked 1000",
    "SIGCONT 7",
  ],
  [
    "who was killed needs no SIGCONT",
    SHUTDOWN,
    KILLED,
    GO_ON,
    500,
    "stopping shutdown killed 1000",
    "",
  ],
  [
    "a timer that comes early says nothing",
    SHUTDOWN,
    ASKED,
    TIME_UP,
    999,
    "stopping shutdown asked 1000",
    "",
  ],
  [
    "the time is over",
    SHUTDOWN,
    ASKED,
    TIME_UP,
    1_000,
    "stopping shutdown killed 2000",
    "SIGKILL 7, timer stop 2000",
  ],
  [
    "SIGKILL does not end it: 137",
    SHUTDOWN,
    KILLED,
    TIME_UP,
    1_000,
    "done 137",
    "",
  ],
  [
    "SIGKILL does not end it after a bug: 70",
    BUG,
    KILLED,
    TIME_UP,
    1_000,
    "done 70",
    "",
  ],
  [
    "a restart waits for a leader that outlived SIGKILL",
    RESTART,
    KILLED,
    TIME_UP,
    1_000,
    "stopping restart stuck",
    "",
  ],
  [
    "so does the place of a child that retires",
    RETIRE,
    KILLED,
    TIME_UP,
    1_000,
    "stopping retire stuck",
    "",
  ],
  [
    "a stuck leader has no time",
    RESTART,
    STUCK,
    TIME_UP,
    9_000,
    "stopping restart stuck",
    "",
  ],
  [
    "a stop during a restart changes the goal, and not the time",
    RESTART,
    ASKED,
    TERM,
    500,
    "stopping shutdown asked 1000",
    "",
  ],
  [
    "the same after SIGKILL",
    RESTART,
    KILLED,
    TERM,
    500,
    "stopping shutdown killed 1000",
    "",
  ],
  [
    "a stop does not wait for a stuck leader for ever",
    RESTART,
    STUCK,
    TERM,
    500,
    "stopping shutdown killed 1500",
    "timer stop 1500",
  ],
  [
    "a second stop is urgent",
    SHUTDOWN,
    ASKED,
    TERM,
    500,
    "stopping shutdown killed 1500",
    "SIGKILL 7, timer stop 1500",
  ],
  [
    "a third one changes nothing",
    SHUTDOWN,
    KILLED,
    TERM,
    500,
    "stopping shutdown killed 1000",
    "",
  ],
  [
    "a stop while a child retires is urgent for it",
    RETIRE,
    ASKED,
    TERM,
    500,
    "stopping retire killed 1500",
    "SIGKILL 7, timer stop 1500",
  ],
  [
    "another signal is passed on",
    SHUTDOWN,
    ASKED,
    HUP,
    500,
    "stopping shutdown asked 1000",
    "SIGHUP 7",
  ],
  [
    "a bug makes sure with SIGKILL",
    RESTART,
    ASKED,
    OOPS,
    500,
    "stopping bug killed 1500",
    "SIGKILL 7, timer stop 1500",
  ],
  [
    "a second SIGKILL does not buy more time",
    SHUTDOWN,
    KILLED,
    OOPS,
    900,
    "stopping bug killed 1000",
    "SIGKILL 7, timer stop 1000",
  ],
  [
    "a bug while a child retires leaves the end to the other child",
    RETIRE,
    ASKED,
    OOPS,
    500,
    "stopping retire killed 1500",
    "SIGKILL 7, timer stop 1500",
  ],
  ["a second bug gives up", BUG, KILLED, OOPS, 500, "done 70", ""],
];

for (const [what, goal, phase, happening, at, next, effects] of TABLE) {
  Deno.test(`stopping: ${what}`, () => {
    assert.deepEqual(play(goal, phase, happening, at), [next, effects]);
  });
}

Deno.test("stopping: begins with the stop signal, and gives up what was begun for the child", () => {
  const now: Now = { model: initialModel(QUICK), policy: QUICK, at: 100 };
  const child = { run: 7, pid: 1_007, held: [] };
  const end = { goal: SHUTDOWN, signal: "SIGQUIT", say: [] } as const;
  const { model, effects } = beginStop(now, child, end);
  assert.equal(nameOf(model.state), "stopping shutdown asked 1100");
  assert.equal(
    effectWords(effects),
    "SIGQUIT 7, timer continue 200, timer stop 1100, cancel",
  );
});

Deno.test("stopping: who is stopped goes on before SIGKILL, however short the time is", () => {
  const policy = { ...QUICK, stopTimeoutMs: 50 };
  const now: Now = { model: initialModel(policy), policy, at: 100 };
  const child = { run: 7, pid: 1_007, held: [] };
  const end = { goal: SHUTDOWN, signal: "SIGTERM", say: [] } as const;
  assert.equal(
    effectWords(beginStop(now, child, end).effects),
    "SIGTERM 7, timer continue 125, timer stop 150, cancel",
  );
});

for (const goal of [RESTART, RETIRE]) {
  Deno.test(`stopping: how a child ended that was stopped to ${goal.kind} is said, unless it was asked for that`, () => {
    const said = (status: ExitStatus, phase: Stopping["phase"] = ASKED) => {
      const state: Stopping = { ...STATE, goal, phase };
      const now: Now = { model: initialModel(QUICK), policy: QUICK, at: 100 };
      const event = { kind: "exited", run: 7, status, at: 100 } as const;
      return stepStopping(now, state, event).effects.flatMap((effect) =>
        effect.kind === "log" ? [effect.message.text] : []
      ).at(-1);
    };
    const gracefully = "Child process (PID: 1007) stopped gracefully";
    const abnormally = "Child process exited abnormally: ";
    assert.equal(said({ kind: "code", code: 0 }), gracefully);
    assert.equal(said({ kind: "signal", number: 15 }), gracefully);
    assert.equal(
      said({ kind: "code", code: 2 }),
      `${abnormally}exit status 2`,
    );
    assert.equal(
      said({ kind: "signal", number: 9 }, KILLED),
      `${abnormally}signal: killed`,
    );
  });
}

Deno.test("stopping: the end of an earlier child means nothing", () => {
  const story = Stepping.ready(QUICK, 1);
  story.change(2);
  const status = { kind: "code", code: 0 } as const;
  assert.deepEqual(story.send({ kind: "exited", run: 0, status }), []);
  assert.equal(story.kind, "stopping");
});

Deno.test("stopping: a child that retires and is stuck does not hold the manager up", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  story.now += OVERLAP.stopTimeoutMs;
  story.timer("retireStop");
  story.now += KILL_GRACE_MS;
  story.timer("retireStop");
  story.signal("SIGTERM");
  story.end(2);
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("stopping: ^C while a child is stopped for another one ends us, and the second one is left to the terminal", () => {
  for (const drainDelayMs of [0, 1_000]) {
    const policy = { ...QUICK, drainDelayMs, foreground: true };
    const story = Stepping.ready(policy, 1);
    story.change(2);
    story.send({ kind: "signal", signal: "SIGINT" });
    const { state } = story.model;
    assert.match(story.lines.at(-2) ?? "", /^Received signal: SIGINT/);
    assert.deepEqual(story.send({ kind: "signal", signal: "SIGINT" }), []);
    assert.equal(state.kind, drainDelayMs > 0 ? "draining" : "stopping");
    story.send({
      kind: "exited",
      run: 1,
      status: { kind: "signal", number: 2 },
    });
    story.send({ kind: "groupProbed", run: 1, alive: false });
    assert.equal(story.model.state.kind, "done");
  }
});

Deno.test("stopping: a signal does not overtake those that wait for the next child", () => {
  const story = new Stepping({ ...OVERLAP, strategy: "stop-start" });
  story.send({ kind: "begin" });
  story.signal("SIGHUP");
  story.look(1);
  story.verdict("approved");
  story.look(1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "stopping");
  assert.deepEqual(story.signal("SIGUSR1"), []);
  story.end(1);
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), [
    "SIGHUP 2",
    "SIGUSR1 2",
  ]);
});
