/** The state in a word. */
import assert from "node:assert/strict";
import {
  headlineOf,
  unknownSince,
} from "../../../../src/control/page/browser/headline.ts";
import type { Status } from "../../../../src/control/vocabulary/status.ts";
import { reload, STATUS } from "../../../client/example_status.ts";

const PATH = { ...STATUS.paths[0], status: "current" } as const;
const HOLD = { reason: "incident", since: null, until: null };
const READY: Status = {
  ...STATUS,
  state: "running",
  child: { ...STATUS.child, running: true, ready: true },
  paths: [PATH],
  pending: null,
  hold: null,
  reload: null,
  unready_reload: null,
  reloads: [reload(1, {})],
};

const told = (changes: Partial<Status>) => {
  const { tone, word } = headlineOf({ ...READY, ...changes });
  return `${tone}: ${word}`;
};

const pending = (
  reason: NonNullable<Status["pending"]>["reason"],
  detail = "why",
) => ({ pending: { reason, detail, until: null } });

Deno.test("a child that runs on what lies on disk", () => {
  assert.deepEqual(headlineOf(READY), {
    tone: "good",
    word: "Running",
    sentence: "The child is ready, on what lies on disk.",
  });
  assert.equal(
    headlineOf({ ...READY, paths: [] }).sentence,
    "The child runs and is ready.",
  );
});

Deno.test("a child that runs, and what is the matter", () => {
  const at = (status: "rejected" | "unreadable") => ({
    paths: [PATH, { ...PATH, status }],
  });
  const child = { ...READY.child, ready: false };
  const rolledBack = [reload(2, { outcome: "rolled_back" })];
  assert.equal(told({ child }), "busy: Not ready");
  assert.equal(told({ hold: HOLD }), "warning: Held");
  assert.equal(told(at("unreadable")), "warning: Running, cannot read");
  assert.equal(told(at("rejected")), "warning: Change refused");
  assert.equal(
    told({ ...at("rejected"), reloads: rolledBack }),
    "warning: Rolled back",
  );
  assert.equal(told(pending("splay")), "busy: Running, change pending");
});

Deno.test("a reload that waits for the end of a hold is no reload under way", () => {
  const waiting = reload(2, { outcome: null, phase: "wait" });
  const held = { reload: waiting, hold: HOLD };
  assert.equal(told({ ...held, ...pending("hold") }), "warning: Held");
  // One that was begun before the hold goes on.
  const checked = { ...held, ...pending("check") };
  assert.equal(told(checked), "busy: Reloading");
  const { sentence } = headlineOf({ ...READY, ...held, ...pending("hold") });
  assert.equal(
    sentence,
    "The child runs, and a change waits. Reloads are held back: incident.",
  );
});

Deno.test("a reload that waits for other managers says what they do", () => {
  const queued = reload(2, { outcome: null, phase: "fleet" });
  const why = "web-0 tries this configuration";
  const waiting = { reload: queued, ...pending("fleet", why) };
  assert.deepEqual(headlineOf({ ...READY, ...waiting }), {
    tone: "busy",
    word: "Running, change pending",
    sentence: "Web-0 tries this configuration.",
  });
  assert.equal(told({ ...waiting, hold: HOLD }), "warning: Held");
});

Deno.test("a reload under way, in whatever state", () => {
  const under = reload(2, { outcome: null, phase: "stop" });
  const back = reload(2, {
    outcome: null,
    phase: "ready",
    decided_outcome: "rolled_back",
  });
  for (const state of ["running", "stopping", "sweeping", "spawning"]) {
    assert.equal(told({ state, reload: under }), "busy: Reloading", state);
    assert.equal(told({ state, reload: back }), "busy: Rolling back", state);
  }
});

Deno.test("a child that does not run", () => {
  const child = { ...READY.child, running: false };
  const ended = (asked: boolean) => ({
    child: {
      ...child,
      last_exit: {
        pid: 9,
        at: READY.timestamp,
        code: 3,
        signal: null,
        asked,
        uptime_seconds: 1,
      },
    },
  });
  const states: Record<string, string> = {
    idle: "busy: Starting",
    preparing: "busy: Starting",
    proving: "busy: Starting",
    spawning: "busy: Starting",
    awaiting: "busy: Waiting",
    retrying: "bad: Cannot start",
    backingOff: "bad: Crashed",
    halted: "off: Stopped",
    draining: "busy: Stopping",
    stopping: "busy: Stopping",
    sweeping: "busy: Stopping",
    lingering: "off: Ending",
    done: "off: Ending",
    // Of a later flush-manager.
    constructor: "busy: Starting",
  };
  for (const [state, expected] of Object.entries(states)) {
    assert.equal(told({ state, ...ended(true) }), expected, state);
  }
  assert.equal(told({ state: "sweeping", ...ended(false) }), "bad: Crashed");
  const detail = "the child ended by itself 2 times in a row";
  assert.equal(
    headlineOf({ ...READY, state: "backingOff", ...pending("backoff", detail) })
      .sentence,
    "The child ended by itself 2 times in a row.",
  );
});

Deno.test("a manager that does not answer is not known to run", () => {
  assert.deepEqual(unknownSince("12:00:00", headlineOf(READY)), {
    tone: "off",
    word: "Unknown",
    sentence: "There is no answer. At 12:00:00 it was: Running.",
  });
});
