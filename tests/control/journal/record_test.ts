/** What the journal counts, and when it stays the same value. */
import assert from "node:assert/strict";
import { holding, OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { EPOCH, Story } from "./story.ts";

const CRASHING = {
  ...QUICK,
  crash: { ...QUICK.crash, restart: "always" },
} as const;

Deno.test("record: starts are counted by reason, ends by code and signal", () => {
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

Deno.test("record: a real-time signal is named by its number", () => {
  const story = Story.ready(CRASHING, 1);
  const status = { kind: "signal", number: 34 } as const;
  story.send({ kind: "exited", run: 1, status });
  assert.deepEqual(story.journal.exits, { "signal:34": 1 });
});

Deno.test("record: an end that was asked for is told from one that was not", () => {
  const story = Story.ready(QUICK, 1);
  story.signal("SIGTERM");
  story.end(1);
  assert.equal(story.journal.lastExit?.asked, true);
});

Deno.test("record: in an overlap the latest child that runs counts", () => {
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

Deno.test("record: forwarded signals are counted, those that end a child are not", () => {
  const story = Story.ready(QUICK, 1);
  story.signal("SIGHUP");
  story.signal("SIGHUP");
  story.signal("SIGUSR1");
  story.signal("SIGTERM");
  story.signal("SIGUSR1");
  story.timer("continue");
  story.signal("SIGTERM");
  assert.deepEqual(story.journal.signalsForwarded, { SIGHUP: 2, SIGUSR1: 2 });
});

Deno.test("record: a signal that waited for the child is counted when it is passed on", () => {
  const story = new Story(QUICK);
  story.send({ kind: "begin" });
  story.signal("SIGHUP");
  story.look(1);
  assert.deepEqual(story.journal.signalsForwarded, {});
  story.wait(1_000).timer("held");
  assert.deepEqual(story.journal.signalsForwarded, { SIGHUP: 1 });
});

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
  story.send({ kind: "hold" });
  story.send({ kind: "hold" });
  story.send({ kind: "resume" });
  story.send({ kind: "hold" });
  assert.equal(story.journal.holds, 2);
});

Deno.test("record: an error has its kind, its first line and what was printed", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.refuse("exit status 1", "line 3: unknown directive");
  assert.deepEqual(story.journal.lastError, {
    at: EPOCH + 60_000,
    type: "rejected",
    message:
      "New configuration rejected: exit status 1; the child keeps its last configuration until it changes again",
    tail: ["line 3: unknown directive"],
  });
});

Deno.test("record: each kind of error is told", () => {
  const crash = Story.ready(QUICK, 1);
  crash.end(1, 3);
  assert.equal(crash.journal.lastError?.type, "crash");
  const bug = Story.ready(QUICK, 1);
  bug.send({ kind: "bug", detail: "oops" });
  assert.equal(bug.journal.lastError?.type, "bug");
  const unsaved = Story.ready(SAFE, 1);
  unsaved.change(2);
  unsaved.verdict("unsaved");
  assert.equal(unsaved.journal.lastError?.type, "save");
  const path = Story.ready(QUICK, 1);
  path.look(undefined);
  assert.equal(path.journal.lastError?.type, "path");
  const spawn = new Story(QUICK);
  spawn.send({ kind: "begin" });
  spawn.refusing = true;
  spawn.look(1);
  assert.equal(spawn.journal.lastError?.type, "spawn");
  const stop = Story.ready(QUICK, 1);
  stop.signal("SIGTERM");
  stop.wait(1_000).timer("stop");
  assert.equal(stop.journal.lastError?.type, "log");
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
