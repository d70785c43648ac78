/** How often what happened between a manager and its fleet. */
import assert from "node:assert/strict";
import { REFUSED, Story, TURNS } from "../story.ts";

const NONE = {
  rejections: 0,
  reports: { proven: 0, refused: 0 },
  slotsLost: 0,
  passedOver: 0,
};
const TRIAL = { kind: "slotTaken", isTrial: true } as const;
const LOST = { kind: "slotLost", detail: "no renewal" } as const;

/** Content 2 waits for a slot. */
function queued(): Story {
  const story = Story.ready(TURNS, 1);
  story.change(2);
  return story;
}

Deno.test("fleet counts: what the fleet has refused is counted each time, and an answer to an earlier wish is not", () => {
  const story = queued();
  const { ticket } = story.model;
  story.slot(REFUSED);
  story.send({ ...REFUSED, ticket });
  assert.deepEqual(story.journal.fleet, { ...NONE, rejections: 1 });
  story.wait(60_000).timer("defer");
  story.slot(REFUSED);
  assert.equal(story.journal.fleet.rejections, 2);
});

Deno.test("fleet counts: what is reported is counted by its verdict", () => {
  const story = queued();
  story.slot(TRIAL);
  story.end(1);
  story.look(2);
  story.wait(30_000).timer("ready");
  const reports = { proven: 1, refused: 0 };
  assert.deepEqual(story.journal.fleet, { ...NONE, reports });
  story.change(3);
  story.slot(TRIAL);
  story.end(2);
  story.look(3);
  story.end(3, 1);
  assert.deepEqual(story.journal.fleet.reports, { proven: 1, refused: 1 });
});

Deno.test("fleet counts: a slot is lost that this manager had", () => {
  const story = queued();
  story.slot(TRIAL);
  story.slot(LOST);
  assert.deepEqual(story.journal.fleet, { ...NONE, slotsLost: 1 });
});

Deno.test("fleet counts: a reload without a slot", () => {
  const story = queued();
  story.slot({ kind: "slotUnreachable", detail: "no answer" });
  story.wait(1_000).timer("fleet");
  assert.deepEqual(story.journal.fleet, NONE);
  story.wait(299_000).timer("fleet");
  assert.deepEqual(story.journal.fleet, { ...NONE, passedOver: 1 });
});
