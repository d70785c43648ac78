/** New content waits for what `--wait-for` names while the old child runs. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import {
  holding,
  OVERLAP,
  QUICK,
  Stepping,
} from "../../simulation/stepping.ts";

const WAITING = {
  ...QUICK,
  waitTimeoutMs: 1_000,
  waitFor: [{ kind: "file", path: "/db" }],
  vetting: { atStart: "fail" },
  retryRejected: { firstMs: 60_000, maxMs: 60_000 },
} as const;
const ASKED = ["awaitDependencies", "timer await"];
const STOPPED = ["SIGTERM 1", "timer continue", "timer stop"];

const yes = (story: Stepping): string[] =>
  story.send({ kind: "available", ticket: story.model.ticket });

/** Child 1 runs on content 1, and content 2 waits for its dependencies. */
function waiting(policy: Policy = WAITING): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  yes(story);
  story.look(1);
  story.verdict("approved");
  story.look(1);
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ASKED);
  return story;
}

Deno.test("dependencies: the old child is stopped when they are there, and the next one starts at once", () => {
  const story = waiting();
  assert.deepEqual(yes(story), STOPPED);
  story.end(1);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("dependencies: the next child of an overlap waits for them too", () => {
  const { ready } = OVERLAP;
  const story = waiting({ ...WAITING, ready, strategy: "overlap" });
  assert.equal(yes(story)[0], "spawn 2 on 2");
});

Deno.test("dependencies: content that waited too long is rejected, with what is missing, and has another turn", () => {
  const story = waiting();
  const missing = ["file:/db (does not exist)"];
  story.send({ kind: "missing", ticket: story.model.ticket, missing });
  assert.deepEqual(story.unavailable("file:/db (permission denied)"), [
    "timer defer",
  ]);
  assert.equal(
    story.lines.at(-1),
    "New configuration rejected: dependencies are missing after 1s: file:/db (permission denied); the child keeps its last configuration; the new one is tried again in 1m0s unless it changes",
  );
  assert.equal(story.kind, "running");
  assert.deepEqual(yes(story), [], "it was given up");
  story.now += 60_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ASKED);
  assert.deepEqual(yes(story), STOPPED);
});

Deno.test("dependencies: what the last look finds is in time", () => {
  const story = waiting();
  assert.deepEqual(story.timer("await"), ["askDependencies"]);
  assert.deepEqual(yes(story), STOPPED);
});

Deno.test("dependencies: the last look of an earlier wait means nothing", () => {
  const story = waiting();
  const ticket = story.model.ticket - 1;
  const missing = ["file:/db"];
  assert.deepEqual(story.send({ kind: "unavailable", ticket, missing }), []);
  assert.deepEqual(yes(story), STOPPED);
});

Deno.test("dependencies: content that changes meanwhile begins again", () => {
  const story = waiting();
  const { ticket } = story.model;
  assert.deepEqual(story.change(3), ["vet 3"]);
  assert.deepEqual(story.send({ kind: "available", ticket }), []);
  assert.deepEqual(story.timer("await"), []);
  story.verdict("approved");
  assert.deepEqual(story.change(1), [], "there is nothing to do any more");
  assert.deepEqual(yes(story), []);
});

Deno.test("dependencies: changes that are held back meanwhile are not applied", () => {
  const story = waiting();
  story.hold();
  assert.deepEqual(yes(story), []);
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 2"]);
});

Deno.test("dependencies: a path that is gone meanwhile does not stop the child", () => {
  const story = waiting();
  story.look(undefined);
  assert.deepEqual(yes(story), []);
  assert.equal(story.kind, "running");
});

Deno.test("dependencies: a child that ends meanwhile takes the wait with it", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = waiting({ ...WAITING, crash });
  const { ticket } = story.model;
  story.end(1, 1);
  assert.equal(story.kind, "backingOff");
  assert.deepEqual(story.send({ kind: "available", ticket }), []);
  assert.deepEqual(story.timer("await"), []);
  assert.equal(story.kind, "backingOff");
});

Deno.test("dependencies: SIGTERM stops the child as ever", () => {
  const story = waiting();
  assert.deepEqual(story.signal("SIGTERM"), STOPPED);
});

Deno.test("dependencies: an action that leaves the child running waits for nothing", () => {
  const onChange = { kind: "signal", signal: "SIGUSR2" } as const;
  const story = new Stepping({ ...WAITING, onChange });
  story.send({ kind: "begin" });
  yes(story);
  story.look(1);
  story.verdict("approved");
  story.look(1);
  story.now += 60_000;
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["SIGUSR2 1"]);
});

for (const answer of ["available", "unavailable"] as const) {
  Deno.test(`dependencies: a copy of content that changes all the time waits for them, whatever looks find: ${answer}`, () => {
    const policy = { ...WAITING, snapshots: true, debounceMaxMs: 5_000 };
    const story = new Stepping({ ...policy, debounceMs: 500 });
    story.send({ kind: "begin" });
    yes(story);
    story.look(1);
    story.verdict("approved");
    story.now += 60_000;
    story.look(3);
    story.now += 5_000;
    assert.deepEqual(story.look(2), ["vet 2"]);
    assert.deepEqual(story.verdict("moved"), ["capture 2"]);
    const { ticket } = story.model;
    story.send({ kind: "captured", ticket, content: holding(6) });
    assert.deepEqual(story.verdict("approved"), ASKED);
    assert.deepEqual(story.look(7), []);
    if (answer === "available") return assert.deepEqual(yes(story), STOPPED);
    story.unavailable("file:/db");
    assert.ok(story.effects.some(({ kind }) => kind === "look"));
  });
}
