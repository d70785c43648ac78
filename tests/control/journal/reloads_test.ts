/** What the journal tells of each kind of reload. */
import assert from "node:assert/strict";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { holding, OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { EPOCH, phasesOf, Story } from "./story.ts";

const WINDOW = { debounceMs: 500, debounceMaxMs: 5_000 };
const SIGNED = {
  ...QUICK,
  ...WINDOW,
  ready: { ...SAFE.ready, timeoutMs: 5_000 },
};
const VETTED = { ...QUICK, vetting: { atStart: "fail" } } as const;
const SIGNAL: Action = { kind: "signal", signal: "SIGHUP" };
const HTTP: Action = { kind: "http", method: "POST", url: "http://localhost/" };
const EXEC: Action = { kind: "exec", argv: ["reload"] };
const NONE: Action = { kind: "none" };

Deno.test("reloads: a restart has its phases one after the other, from the hint to the sign", () => {
  const story = Story.ready({ ...SIGNED, drainDelayMs: 2_000 }, 1);
  story.send({ kind: "hint", cause: "event" });
  story.wait(3).look(2);
  assert.deepEqual(story.told, ["1 config"]);
  story.wait(500).look(2);
  story.wait(2_000).timer("drain");
  story.wait(40);
  story.send({ kind: "exited", run: 1, status: { kind: "code", code: 0 } });
  story.wait(5).send({ kind: "groupProbed", run: 1, alive: false });
  story.wait(7).look(2);
  story.wait(60).send({ kind: "ready", run: 2 });
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.deepEqual(story.phases, [
    "detect 3",
    "debounce 500",
    "drain 2000",
    "stop 45",
    "start 7",
    "ready 60",
  ]);
  const [reload] = story.journal.reloads;
  assert.equal(reload.startedAt, EPOCH + 60_000);
  assert.equal(reload.durationMs, 2_615);
  assert.equal(reload.endedAt, EPOCH + 62_615);
  assert.equal(reload.downtimeMs, 12);
  assert.deepEqual(reload.paths, ["/c"]);
  assert.equal(story.journal.lastSuccessAt, EPOCH + 62_615);
  assert.equal(story.journal.phases.debounce.count, 1);
  assert.equal(story.journal.phases.downtime.sumS, 0.012);
});

Deno.test("reloads: without a sign a restart is over when the next child runs", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  story.wait(20).end(1);
  story.wait(3).look(2);
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.deepEqual(story.phases, ["stop 20", "start 3"]);
});

Deno.test("reloads: only the paths that have changed are named", () => {
  const configs = ["/a", "/b", "/c"].map((path) => ({ path, named: true }));
  const story = Story.ready({ ...QUICK, configs, onChange: NONE }, 1, 1, 1);
  story.change(1, 2, 1);
  assert.deepEqual(story.journal.reloads[0].paths, ["/b"]);
});

for (
  const [name, onChange, phases] of [
    ["signal", SIGNAL, []],
    ["none", NONE, []],
    ["http", HTTP, ["act 30"]],
    ["exec", EXEC, ["act 30"]],
  ] as const
) {
  Deno.test(`reloads: the action ${name} leaves the child running`, () => {
    const story = Story.ready({ ...QUICK, onChange }, 1);
    story.change(2);
    story.wait(30);
    if (name === "http" || name === "exec") story.acted("done");
    assert.deepEqual(story.told, [`1 config applied ${name}`]);
    assert.deepEqual(story.phases, phases);
    assert.equal(story.journal.reloads[0].downtimeMs, undefined);
    assert.deepEqual(story.journal.signalsForwarded, {});
  });
}

Deno.test("reloads: an action that fails is told with why, and tried again as a reload of its own", () => {
  const retryRejected = { firstMs: 10_000, maxMs: 10_000 };
  const story = Story.ready({ ...QUICK, onChange: HTTP, retryRejected }, 1);
  story.change(2);
  story.acted("failed");
  assert.deepEqual(story.told, ["1 config failed http"]);
  assert.equal(story.journal.reloads[0].detail, "bad");
  assert.equal(story.journal.lastReloadSucceeded, false);
  story.wait(10_000).timer("defer");
  story.acted("done");
  assert.deepEqual(story.told.at(-1), "2 retry applied http");
  assert.equal(story.journal.lastReloadSucceeded, true);
});

Deno.test("reloads: the child that a signal has told of saved content must keep running on it", () => {
  const policy = { ...SAFE, onChange: SIGNAL };
  const story = Story.ready(policy, 1);
  story.change(2);
  story.wait(20).verdict("approved");
  story.acted("done");
  assert.deepEqual(story.told, ["1 config signal"]);
  story.wait(5_000).timer("ready");
  assert.deepEqual(story.told, ["1 config applied signal"]);
  assert.deepEqual(story.phases, [
    "check 20",
    "act 0",
    "ready 5000",
  ]);
});

Deno.test("reloads: content that its check refuses is rejected with the check's words", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.wait(80).verdict("rejected");
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.deepEqual(story.phases, ["check 80"]);
  assert.equal(story.journal.reloads[0].detail, "bad");
  assert.equal(story.journal.lastReloadSucceeded, false);
  assert.equal(story.journal.lastError?.type, "rejected");
});

Deno.test("reloads: when the paths hold the child's content again, the refused one matters no more", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  story.change(1);
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.equal(story.journal.lastReloadSucceeded, true);
  assert.equal(story.journal.lastSuccessAt, undefined);
});

Deno.test("reloads: content that goes back within the quiet window is reverted", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.wait(100).look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
  assert.equal(story.journal.lastReloadSucceeded, undefined);
});

Deno.test("reloads: content that has moved before its check is looked at again, in the same reload", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  assert.deepEqual(story.told, ["1 config"]);
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.told, ["1 config restart"]);
  assert.deepEqual(phasesOf(story.journal.current).at(-1), "stop");
});

Deno.test("reloads: content that has moved and is found to be the child's was reverted", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  story.look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
});

Deno.test("reloads: a look from before content had moved does not tell what became of it", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.wait(5).verdict("moved");
  const { now } = story;
  const observation = {
    at: now,
    fingerprint: holding(1),
    depth: "content",
    cause: "event",
    unread: [],
  } as const;
  story.send({ kind: "observed", startedAt: now - 1, observation });
  assert.deepEqual(story.told, ["1 config"]);
  story.look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
});

Deno.test("reloads: a child is started on refused content where there is no other, which the outcome says", () => {
  const story = Story.ready(VETTED, 1);
  story.look(2);
  story.verdict("approved");
  story.end(1);
  story.look(3);
  story.verdict("rejected");
  assert.deepEqual(story.told, ["1 config rejected restart"]);
  assert.equal(story.kind, "running");
});

Deno.test("reloads: what a later check approves is not rejected any more", () => {
  const story = Story.ready(VETTED, 1);
  story.look(2);
  story.verdict("approved");
  story.end(1);
  story.look(3);
  story.refusing = true;
  story.verdict("rejected");
  assert.equal(story.journal.current?.decided, "rejected");
  story.refusing = false;
  story.wait(100).timer("retry");
  story.look(3);
  story.verdict("approved");
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.equal(story.journal.reloads[0].detail, undefined);
});

Deno.test("reloads: content that is put into effect at once supersedes what waited", () => {
  const story = new Story({ ...QUICK, onChange: SIGNAL });
  story.send({ kind: "begin" });
  story.look(1);
  story.look(1);
  story.look(2);
  story.wait(1_000).look(3);
  assert.deepEqual(story.told, [
    "1 config superseded",
    "2 config applied signal",
  ]);
});

Deno.test("reloads: newer content supersedes what waits or is checked", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.change(3);
  assert.deepEqual(story.told, ["1 config superseded", "2 config"]);
});

Deno.test("reloads: a change within the quiet window is the same reload", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.wait(100).look(3);
  assert.deepEqual(story.told, ["1 config"]);
});

Deno.test("reloads: a child that fails on new content leads to a rollback, which ends when the old content has a child", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.wait(10).end(1);
  story.wait(5_000).overdue(2);
  const { current } = story.journal;
  assert.equal(current?.decided, "rolled_back");
  assert.equal(current?.outcome, undefined);
  story.wait(10).end(2);
  story.wait(40).send({ kind: "ready", run: 3 });
  assert.deepEqual(story.told, ["1 config rolled_back restart"]);
  assert.deepEqual(story.phases, [
    "check 0",
    "stop 10",
    "start 0",
    "ready 5000",
    "stop 10",
    "start 0",
    "ready 40",
  ]);
  const [reload] = story.journal.reloads;
  assert.equal(reload.detail, "the child is not ready: it gave no sign");
  assert.equal(story.journal.starts.rollback, 1);
  assert.equal(story.journal.lastError?.type, "not-ready");
});

Deno.test("reloads: a child that ends before it is ready leads to a rollback that says so", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.wait(300).end(2, 78);
  story.send({ kind: "ready", run: 3 });
  const [reload] = story.journal.reloads;
  assert.equal(reload.outcome, "rolled_back");
  assert.equal(reload.detail, "the child ended by itself: exit status 78");
});

Deno.test("reloads: without saved content a child that ends before it is ready has failed", () => {
  const restart = { ...QUICK.crash, restart: "always" } as const;
  const story = Story.ready({ ...SIGNED, crash: restart }, 1);
  story.look(2);
  story.wait(500).look(2);
  story.end(1);
  story.look(2);
  story.wait(300).end(2, 1);
  assert.deepEqual(story.told, ["1 config failed restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the child ended by itself: exit status 1",
  );
});

Deno.test("reloads: new content that waits for another child's sign is told of beside it", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  story.change(3);
  assert.deepEqual(story.told, ["1 config restart", "2 config"]);
  assert.equal(story.journal.unready?.id, 1);
  story.verdict("rejected");
  assert.deepEqual(story.told, ["2 config rejected", "1 config restart"]);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.told, [
    "1 config applied restart",
    "2 config rejected",
  ]);
});

/** A child on new content has been started, and has not given its sign yet. */
function unready(policy = SAFE): Story {
  const story = Story.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  return story;
}

Deno.test("reloads: newer content that is put into effect supersedes what has not become ready", () => {
  const story = unready();
  story.change(3);
  story.verdict("approved");
  assert.deepEqual(story.told, [
    "1 config superseded restart",
    "2 config restart",
  ]);
});

Deno.test("reloads: a rollback interrupts newer content that is considered", () => {
  const story = unready();
  story.change(3);
  story.wait(5_000).overdue(2);
  assert.deepEqual(story.told, ["2 config interrupted", "1 config restart"]);
  assert.equal(story.journal.current?.decided, "rolled_back");
});

Deno.test("reloads: a child whose old one ended is superseded by the next overlap", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  assert.deepEqual(story.told, ["1 config restart"]);
  story.change(3);
  story.verdict("approved");
  story.send({ kind: "ready", run: 3 });
  assert.deepEqual(story.told, [
    "1 config superseded restart",
    "2 config applied restart",
  ]);
});

Deno.test("reloads: an overlap starts the next child first and has no time without one", () => {
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

Deno.test("reloads: an overlap whose next child is not ready keeps the last good content", () => {
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

Deno.test("reloads: a stop during a reload interrupts it", () => {
  const story = Story.ready(SIGNED, 1);
  story.look(2);
  story.wait(500).look(2);
  story.wait(10).signal("SIGTERM");
  assert.deepEqual(story.told, ["1 config interrupted restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the manager was asked to stop by SIGTERM",
  );
});

Deno.test("reloads: a stop while the next child is started interrupts the reload", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  story.slow = true;
  story.end(1);
  story.look(2);
  story.signal("SIGTERM");
  const failure = { kind: "withdrawn", detail: "withdrawn" } as const;
  story.send({ kind: "spawnFailed", run: 2, failure });
  assert.deepEqual(story.told, ["1 config interrupted restart"]);
});

Deno.test("reloads: a crash during the quiet window interrupts the reload", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.wait(10).end(1, 3);
  assert.deepEqual(story.told, ["1 config interrupted"]);
});

Deno.test("reloads: content that changes after a crash, and starts the child, is a reload", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Story.ready({ ...QUICK, crash }, 1);
  story.end(1, 3);
  story.look(1);
  story.wait(100).look(2);
  story.wait(5).look(2);
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.equal(story.journal.reloads[0].downtimeMs, 5);
});

Deno.test("reloads: a request is one, and supersedes what is considered", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.send({ kind: "restart" });
  story.wait(5).end(1);
  story.look(1);
  assert.deepEqual(story.told, [
    "1 config superseded",
    "2 request applied restart",
  ]);
  assert.equal(story.journal.starts.request, 1);
});

Deno.test("reloads: what waits for its turn or for dependencies is in the phase wait", () => {
  const waitFor = [{ kind: "file", path: "/db" }] as const;
  const policy = {
    ...QUICK,
    splayMs: 3_000,
    waitFor,
    waitTimeoutMs: 9_000,
    waitForScope: "every",
  } as const;
  const story = new Story(policy);
  story.send({ kind: "begin" });
  story.send({ kind: "available", ticket: story.model.ticket });
  story.look(1);
  story.wait(60_000).look(1);
  story.change(2);
  story.wait(3_000).timer("defer");
  story.wait(9_000).unavailable("file:/db");
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.deepEqual(story.phases, ["wait 12000"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "dependencies are missing: file:/db",
  );
});

Deno.test("reloads: of many only the last 20 are kept", () => {
  const story = Story.ready({ ...QUICK, onChange: NONE }, 1);
  for (let content = 2; content < 32; content++) story.change(content);
  assert.equal(story.journal.reloads.length, 20);
  assert.equal(story.journal.reloads.at(-1)?.id, 30);
  assert.equal(story.journal.outcomes["config:applied"], 30);
});

Deno.test("reloads: of a reload that is tried again and again the first phases and the latest are kept", () => {
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
