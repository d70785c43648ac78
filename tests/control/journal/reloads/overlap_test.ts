/** Reloads by an overlap. */
import assert from "node:assert/strict";
import { OVERLAP } from "../../../simulation/stepping.ts";
import { Story } from "../story.ts";

Deno.test("overlap: an overlap starts the next child first and has no time without one", () => {
  const story = Story.ready({ ...OVERLAP, drainDelayMs: 1_000 }, 1);
  story.change(2);
  story.verdict("approved");
  story.wait(70).send({ kind: "ready", run: 2 });
  story.wait(1_000).timer("drain");
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.deepEqual(story.phases, [
    "check 0",
    "start 0",
    "ready 70",
    "drain 1000",
  ]);
  assert.equal(story.journal.reloads[0].downtimeMs, undefined);
});

Deno.test("overlap: an overlap whose next child is not ready keeps the last good content", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.wait(5_000).overdue(2);
  assert.deepEqual(story.told, ["1 config rolled_back restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the child is not ready: it gave no sign",
  );
});

Deno.test("overlap: what changes after the next child was started is no part of its reload", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.look(1);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.journal.reloads[0].paths, ["/c"]);
});
