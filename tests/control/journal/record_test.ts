/** What the journal counts, and when it stays the same value. */
import assert from "node:assert/strict";
import { holding, QUICK } from "../../simulation/stepping.ts";
import { EPOCH, Story } from "./story.ts";

Deno.test("record: hints are counted, and what only the poller found", () => {
  const story = Story.ready({ ...QUICK, onChange: { kind: "none" } }, 1);
  story.send({ kind: "hint", cause: "poll" });
  story.send({ kind: "hint", cause: "event" });
  story.send({ kind: "hint", cause: "event" });
  assert.deepEqual(story.journal.hints, { poll: 1, event: 2, replacement: 0 });
  story.look(2);
  assert.equal(story.journal.foundByPoll, 0);
  const observation = {
    at: story.now,
    fingerprint: holding(3),
    depth: "content",
    cause: "poll",
    unread: [],
  } as const;
  story.send({ kind: "observed", startedAt: story.now, observation });
  assert.equal(story.journal.foundByPoll, 1);
});

Deno.test("record: a hint that an earlier look cannot answer counts from then", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "hint", cause: "event" });
  assert.deepEqual(story.journal.hint, {
    at: EPOCH + 60_000,
    clock: 60_000,
  });
  story.wait(5).look(1);
  assert.equal(story.journal.hint, undefined);
});

Deno.test("record: holds are counted once each", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "hold", reason: undefined, forMs: undefined });
  story.send({ kind: "hold", reason: undefined, forMs: undefined });
  story.send({ kind: "resume" });
  story.send({ kind: "hold", reason: undefined, forMs: undefined });
  assert.equal(story.journal.holds, 2);
});

Deno.test("record: the state is dated by its last change", () => {
  const story = Story.ready(QUICK, 1);
  assert.equal(story.journal.stateSince, EPOCH);
  story.signal("SIGTERM");
  assert.equal(story.journal.stateSince, EPOCH + 60_000);
});

Deno.test("record: a step that tells nothing leaves the same journal", () => {
  const story = Story.ready(QUICK, 1);
  const { journal } = story;
  story.look(1);
  story.timer("look");
  story.send({ kind: "notYet", run: 7, why: "no answer" });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  assert.equal(story.journal, journal);
});
