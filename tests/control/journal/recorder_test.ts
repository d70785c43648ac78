/** One journal for all who tell of a manager. */
import assert from "node:assert/strict";
import { Recorder } from "../../../src/control/journal/recorder.ts";
import type { TakenStep } from "../../../src/core/vocabulary/taken_step.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { Story } from "./story.ts";

function recorded(steps: readonly TakenStep[]): Recorder {
  const recorder = new Recorder(["/etc/app.conf"]);
  for (const taken of steps) recorder.enter(taken);
  return recorder;
}

Deno.test("recorder: it has the journal of all steps, and the one from before the latest", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  const { steps } = story;
  const recorder = recorded(steps);
  assert.deepEqual(recorder.journal.watched, ["/etc/app.conf"]);
  assert.equal(recorder.journal.lastReloadId, 1);
  const before = recorder.journal;
  const same: TakenStep = { ...steps[0], before: steps[0].after };
  recorder.enter({ ...same, event: { kind: "hint", cause: "poll", at: 0 } });
  assert.equal(recorder.before, before);
  assert.notEqual(recorder.journal, before);
  assert.equal(recorder.fault, undefined);
});

Deno.test("recorder: a step that cannot be entered is a fault and no error, and the next one can", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  const recorder = recorded(story.steps);
  const { journal } = recorder;
  const [first] = story.steps;
  // @ts-expect-error A step of the core always has a state.
  const forged: TakenStep = { ...first, after: undefined };
  recorder.enter(forged);
  assert.ok(recorder.fault?.error instanceof TypeError);
  assert.deepEqual([recorder.journal, recorder.before], [journal, journal]);
  recorder.enter({ ...first, event: { kind: "hint", cause: "poll", at: 0 } });
  assert.equal(recorder.fault, undefined);
});
