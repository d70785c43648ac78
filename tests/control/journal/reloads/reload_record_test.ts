/** What is kept of reloads, however many there are. */
import assert from "node:assert/strict";
import type { Action } from "../../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE } from "../../../simulation/stepping.ts";
import { phasesOf, Story } from "../story.ts";

const NONE: Action = { kind: "none" };

Deno.test("reload_record: of many only the last 20 are kept", () => {
  const story = Story.ready({ ...QUICK, onChange: NONE }, 1);
  for (let content = 2; content < 32; content++) story.change(content);
  assert.equal(story.journal.reloads.length, 20);
  assert.equal(story.journal.reloads.at(-1)?.id, 30);
  assert.equal(story.journal.outcomes["config:applied"], 30);
});

Deno.test("reload_record: of a reload that is tried again and again the first phases and the latest are kept", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  for (let count = 0; count < 50; count++) {
    story.verdict("unsaved");
    story.wait(30_000).timer("defer");
  }
  const phases = phasesOf(story.journal.current);
  assert.equal(phases.length, 32);
  assert.deepEqual(phases.slice(0, 2), ["check 0", "wait 30000"]);
  assert.equal(phases.at(-1), "check");
  assert.equal(story.journal.phases.wait.count, 50);
});
