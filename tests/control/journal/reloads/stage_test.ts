/** How far a reload has come, by the state of the core. */
import assert from "node:assert/strict";
import { stageOf } from "../../../../src/control/journal/reloads/stage.ts";
import { OVERLAP, QUICK } from "../../../simulation/stepping.ts";
import { Story, TURNS, VETTED, WINDOW } from "../story.ts";

/** The stage in a word or three. */
function stageAt({ model }: Story): string {
  const stage = stageOf(model.state);
  if (stage === undefined) return "none";
  return stage.kind === "considered"
    ? `considered ${stage.phase}`
    : `replacing ${stage.phase} ${stage.reason}`;
}

Deno.test("stage: nothing is under way before the first child, nor while it has what lies there", () => {
  const story = new Story(QUICK);
  assert.equal(stageAt(story), "none");
  story.send({ kind: "begin" });
  assert.equal(stageAt(story), "none");
  story.look(1);
  assert.equal(stageAt(story), "none");
});

Deno.test("stage: new content is considered until a child is stopped for it", () => {
  const story = Story.ready({ ...VETTED, ...WINDOW, drainDelayMs: 1_000 }, 1);
  story.look(2);
  assert.equal(stageAt(story), "considered debounce");
  story.wait(500).look(2);
  assert.equal(stageAt(story), "considered check");
  story.verdict("approved");
  assert.equal(stageAt(story), "replacing drain config");
  story.wait(1_000).timer("drain");
  assert.equal(stageAt(story), "replacing stop config");
  story.end(1);
  assert.equal(stageAt(story), "replacing start config");
  story.signal("SIGTERM");
  assert.equal(stageAt(story), "none");
});

Deno.test("stage: an overlap starts, waits for the sign and drains", () => {
  const story = Story.ready({ ...OVERLAP, drainDelayMs: 1_000 }, 1);
  story.change(2);
  story.slow = true;
  story.verdict("approved");
  assert.equal(stageAt(story), "replacing start config");
  story.send({ kind: "spawned", run: 2, pid: 1_002 });
  assert.equal(stageAt(story), "replacing ready config");
  story.send({ kind: "ready", run: 2 });
  assert.equal(stageAt(story), "replacing drain config");
});

Deno.test("stage: the wait for other managers is no wait for a turn of its own", () => {
  const story = Story.ready({ ...TURNS, splayMs: 1_000 }, 1);
  story.change(2);
  assert.equal(stageAt(story), "considered wait");
  story.wait(1_000).timer("defer");
  assert.equal(stageAt(story), "considered fleet");
  story.slot({ kind: "slotTaken", isTrial: false });
  assert.equal(stageAt(story), "replacing stop config");
});
