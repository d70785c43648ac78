/** A promise of the core that does not hold is a bug: the child is stopped, and the exit code is 70. */
import assert from "node:assert/strict";
import { beginOverlap } from "../../../src/core/overlap/overlapping.ts";
import { retire } from "../../../src/core/overlap/retirement.ts";
import type { Now } from "../../../src/core/transition/moves.ts";
import { stay } from "../../../src/core/transition/moves.ts";
import { BrokenPromise } from "../../../src/core/transition/promises.ts";
import { launch, nextStart } from "../../../src/core/childless/start.ts";
import { step } from "../../../src/core/step.ts";
import { EXIT_BUG } from "../../../src/core/vocabulary/exit_status.ts";
import { type Host, Loop } from "../../../src/manager/loop.ts";
import {
  holding,
  OVERLAP,
  QUICK,
  Stepping,
} from "../../simulation/stepping.ts";

const CONTENT = { baseline: holding(1), rejected: undefined };

const start = (now: Now) =>
  launch(now, nextStart(now, { reason: "request", held: [] }), CONTENT);

const nowOf = (story: Stepping, policy = QUICK): Now => ({
  model: story.model,
  policy,
  at: story.now,
});

/** A manager in a state in which no child may be started, by how it came there. */
const CROWDED: Readonly<Record<string, () => Stepping>> = {
  running: () => Stepping.ready(QUICK, 1),
  stopping: () => {
    const story = Stepping.ready(QUICK, 1);
    story.change(2);
    return story;
  },
  draining: () => {
    const story = Stepping.ready({ ...QUICK, drainDelayMs: 500 }, 1);
    story.change(2);
    return story;
  },
  overlapping: () => {
    const story = Stepping.ready(OVERLAP, 1);
    story.change(2);
    story.verdict("approved");
    return story;
  },
  sweeping: () => {
    const story = Stepping.ready(QUICK, 1);
    story.signal("SIGTERM");
    const status = { kind: "code", code: 0 } as const;
    story.send({ kind: "exited", run: 1, status });
    return story;
  },
  done: () => {
    const story = new Stepping(QUICK);
    story.signal("SIGTERM");
    return story;
  },
};

for (const [kind, come] of Object.entries(CROWDED)) {
  Deno.test(`promises: no child is started in ${kind}`, () => {
    const story = come();
    assert.equal(story.kind, kind);
    assert.throws(() => start(nowOf(story)), BrokenPromise);
  });
}

Deno.test("promises: a third child is neither started nor taken for the second", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  const now = nowOf(story, OVERLAP);
  const { state } = story.model;
  assert.ok(state.kind === "running" && story.model.retiring !== undefined);
  const candidate = {
    content: holding(3),
    revertible: true,
    distanceMs: 0,
    requested: false,
    isForced: false,
    isRestless: false,
    refused: undefined,
  };
  assert.throws(() => beginOverlap(now, state, candidate), BrokenPromise);
  assert.throws(() => retire(now, state, stay), BrokenPromise);
});

Deno.test("promises: a broken one stops the child first, and ends with 70", async () => {
  const story = Stepping.ready(QUICK, 1);
  const calls: string[] = [];
  const nothing = () => {};
  const host: Host = {
    takeStalled: () => 0,
    capture: () => {},
    askSign: () => {},
    askLive: () => {},
    askDependencies: () => {},
    now: () => story.now,
    log: ({ text }) => calls.push(text.split(":")[0]),
    look: nothing,
    spawn: nothing,
    signal: (_run, signal) => calls.push(signal),
    isGroupAlive: () => false,
    leave: nothing,
    setTimer: nothing,
    suspend: nothing,
    vet: nothing,
    act: nothing,
    cancel: nothing,
    activate: nothing,
    keep: nothing,
    awaitDependencies: nothing,
    beforeStart: nothing,
    afterExit: nothing,
    endHook: nothing,
    takeSlot: nothing,
    reportSlot: nothing,
    releaseSlot: nothing,
    showMember: nothing,
  };
  const decide: typeof step = (model, event, policy) => {
    // The core is asked to start a child while one runs.
    if (event.kind === "reload") start({ model: story.model, policy, at: 0 });
    return step(
      model.state.kind === "idle" ? story.model : model,
      event,
      policy,
    );
  };
  const loop = new Loop(host, QUICK, { decide });
  loop.dispatch({ kind: "hint", cause: "event" });
  loop.dispatch({ kind: "reload", force: false });
  assert.ok(calls.includes("Internal error") && calls.includes("SIGTERM"));
  const status = { kind: "code", code: 0 } as const;
  loop.dispatch({ kind: "exited", run: 1, status });
  assert.equal(await loop.done, EXIT_BUG);
});

Deno.test("promises: a lingering manager starts no child", () => {
  const story = Stepping.ready(QUICK, 1);
  const state = { kind: "lingering", code: 0, stop: "asked" } as const;
  const now = { ...nowOf(story), model: { ...story.model, state } };
  assert.throws(() => start(now), BrokenPromise);
});
