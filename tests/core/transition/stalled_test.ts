/** We did not run for a while: what that changes, and what it does not. */
import assert from "node:assert/strict";
import { OVERLAP, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const LONG = { ...QUICK, stopTimeoutMs: 10_000 };

/** When the timer is armed for, by the last event. */
function armedFor(story: Stepping, name: string): number | undefined {
  const timer = story.effects.findLast((effect) =>
    effect.kind === "timer" && effect.name === name
  );
  return timer?.kind === "timer" ? timer.at : undefined;
}

const stalled = (story: Stepping, forMs: number) =>
  story.send({ kind: "stalled", forMs });

Deno.test("stalled: the time of a stop that was asked for goes on", () => {
  const story = Stepping.ready(LONG, 1);
  story.signal("SIGTERM");
  const by = story.now + 10_000;
  assert.deepEqual(stalled(story, 4_000), ["timer stop"]);
  assert.equal(armedFor(story, "stop"), by - 4_000);
});

Deno.test("stalled: a child whose time is over meanwhile keeps a second", () => {
  const story = Stepping.ready(LONG, 1);
  story.signal("SIGTERM");
  stalled(story, 60_000);
  assert.equal(armedFor(story, "stop"), story.now + 1_000);
  story.now += 1_000;
  assert.equal(story.timer("stop")[0], "SIGKILL 1");
});

Deno.test("stalled: a child keeps no more than it had", () => {
  const story = Stepping.ready(LONG, 1);
  story.signal("SIGTERM");
  const by = story.now + 10_000;
  story.now += 9_900;
  stalled(story, 60_000);
  assert.equal(armedFor(story, "stop"), by);
});

Deno.test("stalled: the rest of a group that is stopped keeps a second too", () => {
  const story = Stepping.ready(LONG, 1);
  story.signal("SIGTERM");
  const status = { kind: "code", code: 0 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  stalled(story, 60_000);
  assert.equal(armedFor(story, "stop"), story.now + 1_000);
});

Deno.test("stalled: both children of an overlap that is stopped keep a second", () => {
  const story = Stepping.ready({ ...OVERLAP, stopTimeoutMs: 10_000 }, 1);
  story.change(2);
  story.verdict("approved");
  story.signal("SIGTERM");
  assert.deepEqual(stalled(story, 60_000), ["timer stop", "timer retireStop"]);
  for (const name of ["stop", "retireStop"]) {
    assert.equal(armedFor(story, name), story.now + 1_000);
  }
});

Deno.test("stalled: a child that is stopped for a restart has all its time", () => {
  const story = Stepping.ready(LONG, 1);
  story.change(2);
  assert.equal(story.kind, "stopping");
  assert.deepEqual(stalled(story, 60_000), []);
});

Deno.test("stalled: a SIGTERM that comes after it begins with the whole time", () => {
  const story = Stepping.ready(LONG, 1);
  stalled(story, 60_000);
  story.signal("SIGTERM");
  assert.equal(armedFor(story, "stop"), story.now + 10_000);
});

Deno.test("stalled: nothing else is done about it", () => {
  for (const policy of [QUICK, SAFE, OVERLAP]) {
    const story = Stepping.ready(policy, 1);
    const { model } = story;
    assert.deepEqual(stalled(story, 60_000), []);
    assert.equal(story.model, model);
  }
});
