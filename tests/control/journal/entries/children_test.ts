/** Starts and ends of children. */
import assert from "node:assert/strict";
import { OVERLAP, QUICK } from "../../../simulation/stepping.ts";
import { CRASHING, EPOCH, Story } from "../story.ts";

Deno.test("children: starts are counted by reason, ends by code and signal", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  assert.equal(story.journal.childStartedAt, undefined);
  story.wait(1_000).timer("retry");
  story.look(1);
  assert.equal(story.journal.childStartedAt, EPOCH + 61_000);
  const status = { kind: "signal", number: 9 } as const;
  story.wait(500).send({ kind: "exited", run: 2, status });
  assert.deepEqual(story.journal.starts, {
    start: 1,
    config: 0,
    crash: 1,
    liveness: 0,
    rollback: 0,
    request: 0,
  });
  assert.deepEqual(story.journal.exits, { "code:3": 1, "signal:SIGKILL": 1 });
  assert.deepEqual(story.journal.lastExit, {
    at: EPOCH + 61_500,
    pid: 1_002,
    status,
    asked: false,
    uptimeMs: 500,
  });
});

Deno.test("children: a real-time signal is named by its number", () => {
  const story = Story.ready(CRASHING, 1);
  const status = { kind: "signal", number: 34 } as const;
  story.send({ kind: "exited", run: 1, status });
  assert.deepEqual(story.journal.exits, { "signal:34": 1 });
});

Deno.test("children: an end that was asked for is told from one that was not", () => {
  const story = Story.ready(QUICK, 1);
  story.signal("SIGTERM");
  story.end(1);
  assert.equal(story.journal.lastExit?.asked, true);
});

Deno.test("children: in an overlap the latest child that runs counts", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.wait(10).verdict("approved");
  assert.equal(story.journal.children.length, 2);
  assert.equal(story.journal.childStartedAt, EPOCH + 60_010);
  story.wait(5_000).overdue(2);
  story.end(2, 1);
  assert.equal(story.journal.childStartedAt, EPOCH);
  assert.equal(story.journal.lastExit?.asked, true);
});

Deno.test("children: an answer that comes late, or twice, is no start", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "spawned", run: 1, pid: 1_001 });
  story.signal("SIGTERM");
  story.send({ kind: "exited", run: 1, status: { kind: "code", code: 0 } });
  story.send({ kind: "spawned", run: 1, pid: 1_001 });
  assert.equal(story.journal.starts.start, 1);
  assert.deepEqual(story.journal.children, []);
});
