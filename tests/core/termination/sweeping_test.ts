/** The end of a child's group after its leader, and what follows it. */
import assert from "node:assert/strict";
import type { Now } from "../../../src/core/transition/moves.ts";
import { stepSweeping } from "../../../src/core/termination/sweeping.ts";
import type { Event } from "../../../src/core/vocabulary/event.ts";
import { initialModel } from "../../../src/core/vocabulary/model.ts";
import type {
  Goal,
  Stopping,
  Sweeping,
} from "../../../src/core/vocabulary/state.ts";
import { holding, QUICK, Stepping } from "../../simulation/stepping.ts";
import { effectWords, nameOf } from "./words.ts";

const RESTART: Goal = {
  kind: "restart",
  reason: "config",
  on: undefined,
};
const ROLLBACK: Goal = {
  ...RESTART,
  reason: "rollback",
  on: { baseline: holding(1), rejected: undefined },
};
const REVIVE: Goal = {
  kind: "revive",
  reason: "crash",
  waitMs: 300,
  on: undefined,
};
const SHUTDOWN: Goal = { kind: "shutdown" };
const FOLLOW: Goal = { kind: "follow" };
const RETIRE: Goal = { kind: "retire", reason: "reload" };
const BUG: Goal = { kind: "bug" };

const UNASKED: Sweeping["phase"] = { kind: "unasked" };
const ASKED: Sweeping["phase"] = { kind: "asked", by: 1_000 };
const KILLED: Sweeping["phase"] = { kind: "killed", by: 1_000 };

const ALIVE = { kind: "groupProbed", run: 7, alive: true } as const;
const GONE = { kind: "groupProbed", run: 7, alive: false } as const;
const OTHER_GONE = { kind: "groupProbed", run: 6, alive: false } as const;
const TERM = { kind: "signal", signal: "SIGTERM" } as const;
const HUP = { kind: "signal", signal: "SIGHUP" } as const;
const TIME_UP = { kind: "timer", name: "stop" } as const;
const GO_ON = { kind: "timer", name: "continue" } as const;
const ASK_AGAIN = { kind: "timer", name: "probeGroup" } as const;
const OOPS = { kind: "bug", detail: "simulated" } as const;

type Happening =
  | typeof ALIVE
  | typeof GONE
  | typeof OTHER_GONE
  | typeof TERM
  | typeof HUP
  | typeof TIME_UP
  | typeof GO_ON
  | typeof ASK_AGAIN
  | typeof OOPS;

/** Some child that retires beside this one. */
const RETIRING: Stopping = {
  kind: "stopping",
  run: 6,
  pid: 1_006,
  goal: RETIRE,
  signal: "SIGTERM",
  phase: { kind: "asked", by: 1_000 },
  held: [],
};

/** A step of `sweeping` alone, after a leader that ended with 3. */
function play(
  goal: Goal,
  phase: Sweeping["phase"],
  happening: Happening,
  at: number,
  retiring?: Stopping,
) {
  const state: Sweeping = {
    kind: "sweeping",
    run: 7,
    pid: 1_007,
    goal,
    signal: "SIGTERM",
    leader: { kind: "code", code: 3 },
    reason: "crash",
    endedAt: 0,
    left: undefined,
    phase,
    probeMs: 4,
    held: [],
  };
  const model = { ...initialModel(QUICK), state, retiring, runs: 7 };
  const now: Now = { model, policy: QUICK, at };
  const next = stepSweeping(now, state, { ...happening, at } as Event);
  const words = [nameOf(next.model.state), effectWords(next.effects)];
  const lines = next.effects.flatMap((effect) =>
    effect.kind === "log" ? [effect.message.text] : []
  );
  return { words, lines, state: next.model.state };
}

type Line = readonly [
  what: string,
  goal: Goal,
  phase: Sweeping["phase"],
  happening: Happening,
  at: number,
  next: string,
  effects: string,
];

/** The group is that of run 7; its time, or that of SIGKILL, is over at 1000. */
const TABLE: readonly Line[] = [
  [
    "the group has ended: a restart looks at the paths",
    RESTART,
    ASKED,
    GONE,
    500,
    "preparing",
    "look",
  ],
  [
    "the group has ended: a rollback starts on saved content",
    ROLLBACK,
    ASKED,
    GONE,
    500,
    "spawning",
    "spawn",
  ],
  [
    "the group has ended: the pause after a crash begins",
    REVIVE,
    UNASKED,
    GONE,
    500,
    "backingOff",
    "timer retry 800, look",
  ],
  [
    "the group has ended: a requested stop ends with the leader's code",
    SHUTDOWN,
    ASKED,
    GONE,
    500,
    "done 3",
    "",
  ],
  [
    "the group has ended: the manager follows its child",
    FOLLOW,
    UNASKED,
    GONE,
    500,
    "done 3",
    "cancel",
  ],
  [
    "the group has ended after a bug: 70",
    BUG,
    KILLED,
    GONE,
    500,
    "done 70",
    "",
  ],
  [
    "another group has ended: that means nothing",
    SHUTDOWN,
    ASKED,
    OTHER_GONE,
    500,
    "sweeping shutdown asked 1000",
    "",
  ],
  [
    "somebody is left: the rest of the group is asked to end",
    FOLLOW,
    UNASKED,
    ALIVE,
    500,
    "sweeping follow asked 1500",
    "SIGTERM 7, timer continue 600, timer stop 1500, timer probeGroup 508",
  ],
  [
    "somebody is left who was asked: is asked about again",
    SHUTDOWN,
    ASKED,
    ALIVE,
    500,
    "sweeping shutdown asked 1000",
    "timer probeGroup 508",
  ],
  [
    "who is left and stopped goes on",
    SHUTDOWN,
    ASKED,
    GO_ON,
    500,
    "sweeping shutdown asked 1000",
    "SIGCONT 7",
  ],
  [
    "it is time to ask again",
    SHUTDOWN,
    ASKED,
    ASK_AGAIN,
    500,
    "sweeping shutdown asked 1000",
    "probeGroup",
  ],
  [
    "a timer that comes early says nothing",
    SHUTDOWN,
    ASKED,
    TIME_UP,
    999,
    "sweeping shutdown asked 1000",
    "",
  ],
  [
    "the time of a group that nobody asked is never over",
    FOLLOW,
    UNASKED,
    TIME_UP,
    9_000,
    "sweeping follow unasked",
    "",
  ],
  [
    "the time is over",
    SHUTDOWN,
    ASKED,
    TIME_UP,
    1_000,
    "sweeping shutdown killed 2000",
    "SIGKILL 7, timer stop 2000, timer probeGroup 1001",
  ],
  [
    "SIGKILL does not end it: nobody waits any longer",
    RESTART,
    KILLED,
    TIME_UP,
    1_000,
    "preparing",
    "look",
  ],
  [
    "the same, with the leader's code",
    SHUTDOWN,
    KILLED,
    TIME_UP,
    1_000,
    "done 3",
    "",
  ],
  [
    "who is left long after SIGKILL is given up",
    SHUTDOWN,
    KILLED,
    ALIVE,
    1_065,
    "done 3",
    "",
  ],
  [
    "but not before",
    SHUTDOWN,
    KILLED,
    ALIVE,
    1_064,
    "sweeping shutdown killed 1000",
    "timer probeGroup 1072",
  ],
  [
    "a stop during a restart changes the goal, and not the time",
    RESTART,
    ASKED,
    TERM,
    500,
    "sweeping shutdown asked 1000",
    "",
  ],
  [
    "the first stop leaves the rest of a crashed child its time",
    REVIVE,
    ASKED,
    TERM,
    500,
    "sweeping shutdown asked 1000",
    "",
  ],
  [
    "the first stop leaves the rest of the last child its time",
    FOLLOW,
    UNASKED,
    TERM,
    500,
    "sweeping shutdown unasked",
    "",
  ],
  [
    "a second stop is urgent",
    SHUTDOWN,
    ASKED,
    TERM,
    500,
    "sweeping shutdown killed 1500",
    "SIGKILL 7, timer stop 1500, timer probeGroup 501",
  ],
  [
    "a third one changes nothing",
    SHUTDOWN,
    KILLED,
    TERM,
    500,
    "sweeping shutdown killed 1000",
    "",
  ],
  [
    "another signal goes to the rest of the group where no child follows",
    SHUTDOWN,
    ASKED,
    HUP,
    500,
    "sweeping shutdown asked 1000",
    "SIGHUP 7",
  ],
  [
    "another signal waits for the next child",
    RESTART,
    ASKED,
    HUP,
    500,
    "sweeping restart asked 1000",
    "",
  ],
  [
    "a bug makes sure with SIGKILL",
    RESTART,
    ASKED,
    OOPS,
    500,
    "sweeping bug killed 1500",
    "SIGKILL 7, timer stop 1500, timer probeGroup 501",
  ],
  [
    "a second SIGKILL does not buy more time",
    SHUTDOWN,
    KILLED,
    OOPS,
    900,
    "sweeping bug killed 1000",
    "SIGKILL 7, timer stop 1000, timer probeGroup 901",
  ],
  ["a second bug gives up", BUG, KILLED, OOPS, 500, "done 70", ""],
];

for (const [what, goal, phase, happening, at, next, effects] of TABLE) {
  Deno.test(`sweeping: ${what}`, () => {
    assert.deepEqual(play(goal, phase, happening, at).words, [next, effects]);
  });
}

Deno.test("sweeping: a signal that waits is kept for the next child, once", () => {
  const { state } = play(RESTART, ASKED, HUP, 500);
  assert.ok(state.kind === "sweeping");
  assert.deepEqual(state.held, ["SIGHUP"]);
});

Deno.test("sweeping: the wait between two questions doubles up to a limit", () => {
  const story = Stepping.ready(QUICK, 1);
  const status = { kind: "code", code: 3 } as const;
  story.send({ kind: "exited", run: 1, status });
  const waits: number[] = [];
  for (let question = 0; question < 9; question++) {
    story.send({ kind: "groupProbed", run: 1, alive: true });
    const timer = story.effects.find((effect) =>
      effect.kind === "timer" && effect.name === "probeGroup"
    );
    assert.ok(timer?.kind === "timer" && timer.at !== undefined);
    waits.push(timer.at - story.now);
    story.now = timer.at;
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 64, 64, 64]);
});

for (const goal of [RESTART, REVIVE]) {
  Deno.test(`sweeping: ${goal.kind} waits for the end of a child that retires`, () => {
    const { words } = play(goal, ASKED, GONE, 500, RETIRING);
    assert.deepEqual(words, [
      `sweeping ${goal.kind} over`,
      "timer probeGroup 564",
    ]);
  });

  Deno.test(`sweeping: ${goal.kind} says once that it waits for a child that retires`, () => {
    const OVER = { kind: "over" } as const;
    const first = play(goal, ASKED, GONE, 500, RETIRING);
    const again = play(goal, OVER, GONE, 564, RETIRING);
    const line = "Next child process waits for the end of the old one";
    assert.deepEqual(
      [first, again].map(({ lines }) =>
        lines.filter((text) => text.startsWith(line)).length
      ),
      [1, 0],
    );
  });
}

Deno.test("sweeping: a manager that ends lingers for a child that retires", () => {
  const { words } = play(SHUTDOWN, ASKED, GONE, 500, RETIRING);
  assert.deepEqual(words, ["lingering", ""]);
});

Deno.test("sweeping: the first request to stop gives the rest of the group its time", () => {
  const story = Stepping.ready(QUICK, 1);
  const status = { kind: "code", code: 3 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  assert.deepEqual(story.signal("SIGTERM"), []);
  assert.deepEqual(story.signal("SIGTERM").slice(0, 1), ["SIGKILL 1"]);
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.deepEqual(story.model.state, { kind: "done", code: 3 });
});
