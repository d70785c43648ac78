/** The latest error. */
import assert from "node:assert/strict";
import { QUICK, SAFE } from "../../../simulation/stepping.ts";
import { EPOCH, REFUSED, Story, TURNS, VETTED } from "../story.ts";

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
  const refused = Story.ready(TURNS, 1);
  refused.change(2);
  refused.slot(REFUSED);
  assert.equal(refused.journal.lastError?.type, "rejected");
  const stop = Story.ready(QUICK, 1);
  stop.signal("SIGTERM");
  stop.wait(1_000).timer("stop");
  assert.equal(stop.journal.lastError?.type, "log");
});

Deno.test("errors: a path that cannot be read is of the path also where a check lets its content pass", () => {
  const story = new Story(VETTED);
  story.send({ kind: "begin" });
  story.find({ kind: "fault", fault: "unsupported", detail: "is a FIFO" });
  story.verdict("approved");
  assert.deepEqual(story.journal.lastError, {
    at: EPOCH,
    type: "path",
    message:
      "Cannot read config /c: is a FIFO; the child is started without it",
    tail: [],
  });
});

Deno.test("errors: what goes wrong between managers is of the fleet", () => {
  const story = Story.ready(TURNS, 1);
  const latest = () => story.journal.lastError?.message.split(":")[0];
  story.change(2);
  story.slot({ kind: "slotUnreachable", detail: "no answer" });
  assert.equal(latest(), "Fleet cannot be asked");
  assert.equal(story.journal.lastError?.type, "fleet");
  story.wait(300_000).timer("fleet");
  assert.equal(latest(), "Fleet could not be asked for 5m0s");
  assert.equal(story.journal.lastError?.type, "fleet");
  const cutOff = Story.ready(TURNS, 1);
  cutOff.change(2);
  cutOff.slot({ kind: "slotTaken", isTrial: false });
  cutOff.slot({ kind: "slotLost", detail: "no renewal" });
  assert.equal(cutOff.journal.lastError?.type, "fleet");
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
