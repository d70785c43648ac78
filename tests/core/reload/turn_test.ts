/** What circumstances have rejected is tried again; what its check has refused is not. */
import assert from "node:assert/strict";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import {
  holding,
  OVERLAP,
  QUICK,
  SAFE,
  Stepping,
} from "../../simulation/stepping.ts";
import {
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";

const AGAIN = { retryRejected: { firstMs: 60_000, maxMs: 150_000 } };
const VETTED = { ...QUICK, ...AGAIN, vetting: { atStart: "fail" } } as const;
const ROLLED = { ...SAFE, ...AGAIN };
const EXEC: Action = { kind: "exec", argv: ["apply"] };

/** Child 1 has content 1, and the check of content 2 gave no answer. */
function unanswered(policy = VETTED): Stepping {
  const story = Stepping.ready(policy, 1);
  story.change(2);
  assert.deepEqual(story.verdict("rejected", "circumstances"), [
    "timer defer",
  ]);
  return story;
}

/** Child 2 has ended on content 2, and child 3 runs on content 1. */
function rolledBack(policy = ROLLED): Stepping {
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  assert.deepEqual(story.end(2, 1), [
    "spawn 3 on 1",
    "timer ready",
    "timer defer",
  ]);
  story.look(2);
  return story;
}

/** Lets the time pass until the timer `defer` is due, and one of these milliseconds earlier before. */
function due(story: Stepping, afterMs: number): string[] {
  const began = story.now;
  story.now = began + afterMs - 1;
  assert.deepEqual(story.timer("defer"), ["timer defer"], "too early");
  story.now = began + afterMs;
  return story.timer("defer");
}

Deno.test("retry: a check without an answer is asked again, later each time, up to the longest wait", () => {
  const story = unanswered();
  for (const waitMs of [60_000, 120_000, 150_000, 150_000]) {
    assert.deepEqual(due(story, waitMs), ["vet 2"]);
    story.verdict("rejected", "circumstances");
  }
  assert.deepEqual(due(story, 150_000), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
});

for (const ground of ["check", "environment"] as const) {
  Deno.test(`retry: content that is refused (${ground}) waits for other content`, () => {
    const story = Stepping.ready(VETTED, 1);
    story.change(2);
    assert.deepEqual(story.verdict("rejected", ground), []);
    story.now += 3_600_000;
    assert.deepEqual(story.timer("defer"), []);
    assert.deepEqual(story.send({ kind: "resume" }), []);
    assert.deepEqual(story.change(3), ["vet 3"]);
  });
}

Deno.test("retry: with `never` nothing is tried again", () => {
  const story = Stepping.ready({ ...VETTED, retryRejected: undefined }, 1);
  story.change(2);
  assert.deepEqual(story.verdict("rejected", "circumstances"), []);
  story.now += 3_600_000;
  assert.deepEqual(story.timer("defer"), []);
});

Deno.test("retry: content that the check refuses at last is left alone", () => {
  const story = unanswered();
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
  assert.deepEqual(story.verdict("rejected", "check"), []);
  story.now += 3_600_000;
  assert.deepEqual(story.timer("defer"), []);
});

Deno.test("retry: a change ends it, and the next failure waits the first time again", () => {
  const story = unanswered();
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
  story.verdict("rejected", "circumstances");
  assert.deepEqual(story.change(3), ["vet 3"]);
  assert.deepEqual(story.timer("defer"), []);
  story.verdict("rejected", "circumstances");
  assert.deepEqual(due(story, 60_000), ["vet 3"]);
  story.verdict("rejected", "circumstances");
  assert.deepEqual(story.change(1), []);
  assert.deepEqual(story.timer("defer"), []);
  story.change(3);
  story.verdict("rejected", "circumstances");
  assert.deepEqual(due(story, 60_000), ["vet 3"]);
});

Deno.test("retry: a rolled back content goes the whole way again: check, start, readiness", () => {
  const story = rolledBack();
  story.send({ kind: "ready", run: 3 });
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), [
    "SIGTERM 3",
    "timer continue",
    "timer stop",
  ]);
  assert.equal(story.end(3)[0], "spawn 4 on 2");
  assert.equal(story.overdue(4)[0], "SIGTERM 4");
  story.end(4);
  story.look(2);
  story.send({ kind: "ready", run: 5 });
  assert.deepEqual(due(story, 120_000), ["vet 2"]);
  story.verdict("approved");
  story.end(5);
  story.send({ kind: "ready", run: 6 });
  assert.equal(story.baseline, "2");
  story.now += 3_600_000;
  assert.deepEqual(story.timer("defer"), []);
});

Deno.test("retry: a child that is not ready yet is not stopped for it", () => {
  const story = rolledBack();
  story.now += 60_000;
  assert.deepEqual(story.timer("defer"), []);
  assert.deepEqual(story.send({ kind: "ready", run: 3 }), ["vet 2"]);
});

Deno.test("retry: a child that never becomes ready has its time first", () => {
  const story = rolledBack();
  story.now += 60_000;
  assert.deepEqual(story.timer("defer"), []);
  assert.deepEqual(story.overdue(3), ["vet 2"]);
});

/** Child 3 runs on content 1 and is ready, and nothing has been looked at since its start. */
function unseen(): Stepping {
  const story = Stepping.ready(ROLLED, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.end(2, 1);
  story.now += 60_000;
  assert.deepEqual(story.send({ kind: "ready", run: 3 }), []);
  assert.deepEqual(story.timer("defer"), []);
  return story;
}

Deno.test("retry: after a start, a look shows first that the paths still hold it", () => {
  const same = unseen();
  assert.deepEqual(same.look(2), ["timer defer"]);
  assert.deepEqual(same.timer("defer"), ["vet 2"]);
  const other = unseen();
  assert.deepEqual(other.look(3), ["vet 3"]);
});

Deno.test("retry: after an overlap, a look shows first that the paths still hold it", () => {
  const story = Stepping.ready({ ...OVERLAP, ...AGAIN }, 1);
  story.change(2);
  story.verdict("approved");
  story.overdue(2);
  story.end(2);
  story.now += 60_000;
  assert.deepEqual(story.timer("defer"), []);
  assert.deepEqual(story.look(2), ["timer defer"]);
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
});

Deno.test("retry: an action that failed is run again", () => {
  const story = Stepping.ready({ ...QUICK, ...AGAIN, onChange: EXEC }, 1);
  story.change(2);
  assert.deepEqual(story.acted("failed"), ["timer defer"]);
  assert.deepEqual(due(story, 60_000), ["act on 2"]);
  story.acted("done");
  assert.equal(story.baseline, "2");
});

Deno.test("retry: the next child of an overlap has another turn", () => {
  const story = Stepping.ready({ ...OVERLAP, ...AGAIN }, 1);
  story.change(2);
  story.verdict("approved");
  story.overdue(2);
  story.look(2);
  // The end of the one that failed gives waiting changes their turn, but not this one.
  const retired = story.end(2);
  assert.deepEqual(retired, ["timer defer"]);
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "spawn 3 on 2");
});

Deno.test("retry: a second child that fails on the same content makes the wait longer", () => {
  const story = Stepping.ready({ ...OVERLAP, ...AGAIN }, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1, 1);
  story.send({ kind: "reload", force: false });
  story.look(2);
  assert.equal(story.verdict("approved")[0], "spawn 3 on 2");
  story.overdue(3);
  story.end(3);
  assert.ok(story.overdue(2).includes("SIGTERM 2"));
  assert.equal(story.end(2)[0], "spawn 4 on 1");
  story.look(2);
  story.send({ kind: "ready", run: 4 });
  assert.deepEqual(due(story, 120_000), ["vet 2"]);
});

Deno.test("retry: changes that are held back stay so", () => {
  const story = unanswered();
  story.hold();
  assert.deepEqual(due(story, 60_000), []);
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 2"]);
});

Deno.test("retry: --min-interval is kept, and the share of --splay is not waited for twice", () => {
  const policy = {
    ...QUICK,
    ...AGAIN,
    onChange: EXEC,
    minIntervalMs: 100_000,
    splayMs: 10_000,
  };
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.now += 10_000;
  assert.deepEqual(story.timer("defer"), ["act on 2"]);
  story.acted("failed");
  assert.deepEqual(due(story, 60_000), ["timer defer"]);
  story.now += 40_000;
  assert.deepEqual(story.timer("defer"), ["act on 2"]);
});

Deno.test("retry: content that is on its way is decided on first", () => {
  const window = { debounceMs: 500, debounceMaxMs: 5_000 };
  const story = Stepping.ready({ ...VETTED, ...window }, 1);
  story.look(2);
  story.now += 500;
  story.look(2);
  story.verdict("rejected", "circumstances");
  story.now += 60_000;
  story.look(3);
  assert.deepEqual(story.timer("defer"), []);
  // It goes back to what was rejected: that has its turn now.
  assert.deepEqual(story.look(2), ["timer defer"]);
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
});

Deno.test("retry: a crash loop of the good content does not keep it from its turn", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = rolledBack({ ...ROLLED, crash });
  story.end(3, 1);
  story.look(2);
  story.now += 10_000;
  assert.equal(story.timer("retry")[0], "spawn 4 on 1");
  story.now += 60_000;
  story.end(4, 1);
  story.look(2);
  story.timer("retry");
  assert.deepEqual(story.look(2), ["vet 2"]);
});

Deno.test("retry: what could not be checked before a restart has its turn beside the last content", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...ROLLED, crash }, 1);
  story.change(2);
  story.verdict("rejected", "circumstances");
  story.end(1, 1);
  // The wait goes on across children.
  assert.deepEqual(story.timer("retry"), [
    "spawn 2 on 1",
    "timer ready",
    "timer defer",
  ]);
  story.look(2);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
});

Deno.test("retry: after content that was accepted at last, what the child had before counts as a change", () => {
  const policy = {
    ...ROLLED,
    onChange: { kind: "signal", signal: "SIGUSR2" },
    crash: { ...QUICK.crash, restart: "always" },
    debounceMs: 500,
    debounceMaxMs: 5_000,
  } as const;
  const story = Stepping.ready(policy, 1);
  story.look(2);
  story.now += 500;
  assert.deepEqual(story.look(2), ["vet 2"]);
  story.verdict("approved");
  story.acted("done");
  assert.equal(story.end(1, 1)[0], "spawn 2 on 1");
  story.look(2);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(due(story, 60_000), ["vet 2"]);
  story.verdict("approved");
  story.acted("done");
  story.now += 5_000;
  story.timer("ready");
  story.look(1);
  story.end(2, 1);
  story.look(1);
  story.timer("retry");
  assert.deepEqual(story.look(1), ["timer look"]);
  story.now += 500;
  assert.deepEqual(story.look(1), ["vet 1"]);
});

/** The path is replaced, waits for its turn before it was read, and holds this content as it turns out. */
function readLate(story: Stepping, content: number): string[] {
  const [print] = holding(content);
  const replaced = { ...print, metadata: "b" } as PathPrint;
  const unread = { ...replaced, identity: provisionalIdentity("b") };
  story.find(unread as PathPrint);
  story.find(unread as PathPrint);
  const { state } = story.model;
  assert.ok(state.kind === "running" && state.pending.kind === "deferred");
  story.find(replaced);
  story.now += 1_000;
  return story.timer("defer");
}

Deno.test("turn: what turns out to be rejected content when it was read stays rejected", () => {
  for (const ground of ["check", "circumstances"] as const) {
    const story = Stepping.ready({ ...VETTED, splayMs: 1_000 }, 1);
    story.change(2);
    story.now += 1_000;
    story.timer("defer");
    story.verdict("rejected", ground);
    const turn = ground === "circumstances" ? ["timer defer"] : [];
    assert.deepEqual(readLate(story, 2), turn);
    assert.equal(story.model.rejections, 1);
    assert.equal(story.effects.at(-1)?.kind, "look");
  }
});

Deno.test("turn: what turns out to be the child's content when it was read is no change", () => {
  const story = Stepping.ready({ ...SAFE, splayMs: 1_000 }, 1);
  assert.deepEqual(readLate(story, 1), []);
  assert.match(story.lines.at(-1) ?? "", /is the running child's again/);
});
