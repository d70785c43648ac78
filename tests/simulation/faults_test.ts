/**
 * Every call to the host fails at its n-th use, once or from then on, for every
 * n that a run reaches (the method of SQLite's tests). Whatever fails, the
 * manager ends, never runs a child too many, and leaves none behind that it
 * could still signal.
 */
import assert from "node:assert/strict";
import type { Host, Loop } from "../../src/manager/loop.ts";
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_KILLED,
  EXIT_NOT_EXECUTABLE,
  EXIT_OK,
} from "../../src/core/vocabulary/exit_status.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import { step } from "../../src/core/step.ts";
import { PLAIN } from "./plain.ts";
import { type Answers, WILLING } from "./reloads.ts";
import { World } from "./world.ts";

type Call = Exclude<keyof Host, "now">;

/** One story that is told again and again, each time with another fault. */
interface Play {
  readonly name: string;
  readonly policy: Policy;
  readonly answers: Answers;
  readonly calls: readonly Call[];
  /** At most so many children at a time. */
  readonly children: number;
  /** What the path holds, and from when on. */
  readonly writes: readonly (readonly [number, number])[];
  readonly signals: readonly (readonly [number, Signal])[];
  /** How long a run outlives the stop signal. */
  readonly stopMs: (run: number) => number;
  /** The code of a run without a fault. */
  readonly code: number;
}

const BASIC: readonly Call[] = [
  "log",
  "look",
  "spawn",
  "signal",
  "isGroupAlive",
  "setTimer",
];
const RELOADS: readonly Call[] = [
  ...BASIC,
  "vet",
  "cancel",
  "keep",
  "awaitDependencies",
];

/** A fault after the last decision, or in a start that is tried again, changes nothing. */
const ALLOWED: readonly number[] = [
  EXIT_BUG,
  EXIT_KILLED,
  EXIT_NOT_EXECUTABLE,
  EXIT_CHECK_FAILED,
];

const POLICY: Policy = {
  ...PLAIN,
  command: "program",
  args: [],
  configs: [{ path: "/c", named: true }],
  debounceMs: 500,
  debounceMaxMs: 5_000,
  trustReplacement: false,
  stopSignal: "SIGTERM",
  stopTimeoutMs: 1_000,
  rewrites: new Map(),
  foreground: false,
  seed: 1,
  crash: {
    restart: "never",
    backoffFirstMs: 1_000,
    backoffMaxMs: 30_000,
    max: undefined,
  },
};

const SAFE: Policy = {
  ...POLICY,
  vetting: { atStart: "fail" },
  snapshots: true,
  drainDelayMs: 100,
  waitTimeoutMs: 1_000,
  ready: { ...PLAIN.ready, sign: { kind: "notify" }, timeoutMs: 1_000 },
};

const SIGNALS = [[12_000, "SIGHUP"], [13_000, "SIGTERM"]] as const;
/** 2 is good, the check refuses 3, children cannot work with 4. */
const WRITES = [[2_000, 2], [6_000, 3], [8_000, 4]] as const;
const ANSWERS: Answers = {
  ...WILLING,
  refused: new Set([3]),
  fates: new Map([[4, "silent"]]),
};

const PLAYS: readonly Play[] = [
  {
    name: "a restart with a sibling to sweep, a forwarded signal, TERM",
    policy: POLICY,
    answers: WILLING,
    calls: BASIC,
    children: 1,
    writes: [[1_000, 2]],
    signals: [[5_000, "SIGHUP"], [6_000, "SIGTERM"]],
    stopMs: (run) => run === 1 ? 100 : Infinity,
    code: EXIT_KILLED,
  },
  {
    name: "an overlap, a refusal, an overlap that fails, TERM",
    policy: { ...SAFE, strategy: "overlap" },
    answers: ANSWERS,
    calls: [...RELOADS, "activate"],
    children: 2,
    writes: WRITES,
    signals: SIGNALS,
    stopMs: (run) => run === 2 ? Infinity : 100,
    code: EXIT_KILLED,
  },
  {
    name: "a TERM with two children",
    policy: { ...SAFE, strategy: "overlap" },
    answers: { ...WILLING, fates: new Map([[2, "silent"]]) },
    calls: RELOADS,
    children: 2,
    writes: [[2_000, 2]],
    signals: [[3_000, "SIGTERM"]],
    stopMs: () => Infinity,
    code: EXIT_KILLED,
  },
  {
    name: "a restart, a refusal, a rollback, TERM",
    policy: SAFE,
    answers: ANSWERS,
    calls: RELOADS,
    children: 1,
    writes: WRITES,
    signals: SIGNALS,
    stopMs: (run) => run >= 4 ? Infinity : 100,
    code: EXIT_KILLED,
  },
  {
    name: "an action that is done, one that fails, TERM",
    policy: { ...SAFE, onChange: { kind: "exec", argv: ["apply"] } },
    answers: { ...WILLING, unapplied: new Set([3]) },
    calls: [...RELOADS, "activate", "act"],
    children: 1,
    writes: [[2_000, 2], [4_000, 3]],
    signals: [[6_000, "SIGTERM"]],
    stopMs: () => Infinity,
    code: EXIT_KILLED,
  },
];

function perform(play: Play, faulty: Call, nth: number, forEver: boolean) {
  let uses = 0;
  const world = new World({
    policy: play.policy,
    answers: play.answers,
    paths: 1,
    decide: step,
    lookMs: () => 1,
    characterOf: (run) => ({
      stopMs: play.stopMs(run),
      stopCode: undefined,
      killMs: 0,
      crash: undefined,
      siblingMs: 300,
      spawnFailure: undefined,
      suspendedAfterMs: undefined,
    }),
    wrap: (host) => ({
      ...host,
      [faulty]: (...args: unknown[]) => {
        uses++;
        if (uses === nth || (forEver && uses > nth)) {
          throw new Error(`${faulty} failed`);
        }
        // The arguments are passed through as they came.
        return (host[faulty] as (...args: unknown[]) => unknown)(...args);
      },
    }),
  });
  const { agenda, loop } = world;
  agenda.after(0, () => loop.dispatch({ kind: "begin" }));
  for (const [at, content] of play.writes) {
    agenda.after(at, () => {
      world.disk.set(0, { kind: "content", content }, true);
      loop.dispatch({ kind: "hint", cause: "event" });
    });
  }
  for (const [at, signal] of play.signals) {
    agenda.after(at, () => loop.dispatch({ kind: "signal", signal }));
  }
  while (codeOf(loop) === undefined && agenda.step(60_000)) {
    const alive = world.children.filter((child) => child.alive);
    assert.ok(alive.length <= play.children, "a child too many");
  }
  // What was sent as the last thing takes effect.
  while (agenda.step(agenda.now));
  return { world, code: codeOf(loop), fired: uses >= nth };
}

function codeOf(loop: Loop): number | undefined {
  const { state } = loop.model;
  return state.kind === "done" ? state.code : undefined;
}

/** Faults in `call` at every use; returns how often a run without a fault uses it. */
function failAtEveryUse(play: Play, call: Call, forEver: boolean): number {
  for (let nth = 1;; nth++) {
    const { world, code, fired } = perform(play, call, nth, forEver);
    const where = `${call} #${nth}`;
    if (!fired) {
      assert.equal(code, play.code, "a run without a fault");
      return nth - 1;
    }
    // A start that fails beside another child, or while it is tried again, is no end.
    const survived = call === "spawn" && code === EXIT_OK;
    const allowed = survived || (code !== undefined && ALLOWED.includes(code));
    assert.ok(allowed, `${where}: ${code}`);
    const deafened = call === "signal" && forEver;
    const left = world.children.filter((child) =>
      child.alive || child.siblingAlive
    );
    assert.ok(deafened || left.length === 0, `${where}: a child is left`);
  }
}

for (const play of PLAYS) {
  for (const call of play.calls) {
    for (const forEver of [false, true]) {
      const how = forEver ? "for ever from" : "once at";
      Deno.test(`${play.name}: ${call} fails ${how} its n-th use`, () => {
        const uses = failAtEveryUse(play, call, forEver);
        assert.ok(uses > 0, "the run uses the call");
      });
    }
  }
}
