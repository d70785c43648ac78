/** The latest error. */
import assert from "node:assert/strict";
import { QUICK, SAFE } from "../../simulation/stepping.ts";
import { EPOCH, Story } from "./story.ts";

Deno.test("errors: an error has its kind, its first line and what was printed", () => {
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

Deno.test("errors: each kind of error is told", () => {
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

Deno.test("errors: a warning of what an operator has asked for is none", () => {
  const story = Story.ready(SAFE, 1);
  story.hold();
  story.change(2);
  story.send({ kind: "startChild" });
  const warnings = story.steps.flatMap(({ effects }) => effects)
    .filter((effect) => effect.kind === "log")
    .filter(({ message }) => message.level === "warn");
  assert.deepEqual(
    warnings.map(({ message }) => message.event),
    ["change_held_back", "command_declined"],
  );
  assert.equal(story.journal.lastError, undefined);
});
