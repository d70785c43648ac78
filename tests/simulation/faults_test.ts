/**
 * Every call to the host fails at its n-th use, once or from then on, for every
 * n that a run reaches (the method of SQLite's tests). Whatever fails, the
 * manager ends, never runs two children, and leaves none behind that it could
 * still signal.
 */
import assert from "node:assert/strict";
import type { App, Host } from "../../src/app.ts";
import {
  EXIT_BUG,
  EXIT_KILLED,
  EXIT_NOT_EXECUTABLE,
} from "../../src/core/exit_status.ts";
import type { Policy } from "../../src/core/policy.ts";
import { step } from "../../src/core/step.ts";
import { World } from "./world.ts";

type Call = Exclude<keyof Host, "now">;
const CALLS: readonly Call[] = [
  "log",
  "look",
  "spawn",
  "signal",
  "isGroupAlive",
  "setTimer",
];

/** A fault after the last decision, or in a start that is tried again, changes nothing. */
const ALLOWED: readonly number[] = [EXIT_BUG, EXIT_KILLED, EXIT_NOT_EXECUTABLE];

const POLICY: Policy = {
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

/** Start, a change, a restart with a sibling to sweep, a forwarded signal, TERM. */
function play(faulty: Call, nth: number, forEver: boolean) {
  let uses = 0;
  const world = new World({
    policy: POLICY,
    paths: 1,
    decide: step,
    lookMs: () => 1,
    characterOf: (run) => ({
      stopMs: run === 1 ? 100 : Infinity,
      stopCode: undefined,
      killMs: 0,
      crash: undefined,
      siblingMs: 300,
      spawnFailure: undefined,
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
  const { agenda, app } = world;
  agenda.after(0, () => app.dispatch({ kind: "begin" }));
  agenda.after(1_000, () => {
    world.disk.set(0, { kind: "content", content: 2 }, true);
    app.dispatch({ kind: "hint", cause: "event" });
  });
  for (const [at, signal] of [[5_000, "SIGHUP"], [6_000, "SIGTERM"]] as const) {
    agenda.after(at, () => app.dispatch({ kind: "signal", signal }));
  }
  while (codeOf(app) === undefined && agenda.step(60_000)) {
    const alive = world.children.filter((child) => child.alive);
    assert.ok(alive.length <= 1, "two children");
  }
  // What was sent as the last thing takes effect.
  while (agenda.step(agenda.now));
  return { world, code: codeOf(app), fired: uses >= nth };
}

function codeOf(app: App): number | undefined {
  const { state } = app.model;
  return state.kind === "done" ? state.code : undefined;
}

for (const call of CALLS) {
  for (const forEver of [false, true]) {
    Deno.test(`${call} fails ${forEver ? "for ever from" : "once at"} its n-th use`, () => {
      let nth = 1;
      for (;; nth++) {
        const { world, code, fired } = play(call, nth, forEver);
        const where = `${call} #${nth}`;
        if (!fired) {
          assert.equal(
            code,
            137,
            "a run without a fault: the second child ignores TERM",
          );
          break;
        }
        assert.ok(
          code !== undefined && ALLOWED.includes(code),
          `${where}: ${code}`,
        );
        const deafened = call === "signal" && forEver;
        const left = world.children.filter((child) =>
          child.alive || child.siblingAlive
        );
        assert.ok(deafened || left.length === 0, `${where}: a child is left`);
      }
      assert.ok(nth > 2, "the run uses the call");
    });
  }
}
