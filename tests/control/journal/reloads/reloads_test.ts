/** Which reloads begin, and their phases. */
import assert from "node:assert/strict";
import type { Action } from "../../../../src/core/vocabulary/settings.ts";
import { OVERLAP, QUICK } from "../../../simulation/stepping.ts";
import { CRASHING, EPOCH, SIGNED, Story, VETTED, WINDOW } from "../story.ts";

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

Deno.test("reloads: content that changes after a crash waits for its turn", () => {
  const crash = { ...CRASHING.crash, backoffFirstMs: 30_000 };
  const story = Story.ready({ ...CRASHING, crash, splayMs: 3_000 }, 1);
  story.end(1, 3);
  story.look(1);
  story.wait(100).look(2);
  assert.deepEqual(story.told, ["1 config"]);
  story.wait(3_000).timer("retry");
  story.look(2);
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.deepEqual(story.phases, ["wait 3000", "start 0"]);
});

Deno.test("reloads: content that changes after a crash, and starts the child, is a reload", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  story.look(1);
  story.wait(100).look(2);
  story.wait(5).look(2);
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.equal(story.journal.reloads[0].downtimeMs, 5);
});

const RELOAD = { kind: "reload", force: false } as const;

Deno.test("reloads: a request is one, from its first look on", () => {
  const story = Story.ready(QUICK, 1);
  story.send(RELOAD);
  assert.deepEqual(story.told, ["1 request"]);
  story.wait(2).look(1);
  story.wait(5).end(1);
  story.wait(1).look(1);
  assert.deepEqual(story.told, ["1 request applied restart"]);
  assert.deepEqual(story.phases, ["detect 2", "stop 5", "start 1"]);
  assert.equal(story.journal.starts.request, 1);
  assert.deepEqual(story.journal.reloads[0].paths, []);
});

Deno.test("reloads: the signal of --reload-signal is a trigger of its own, also after a reload that it has waited for", () => {
  const story = Story.ready({ ...VETTED, reloadSignal: "SIGHUP" }, 1);
  const request = { kind: "reload", force: false, signal: "SIGHUP" } as const;
  story.change(2);
  story.signal("SIGHUP");
  story.verdict("approved");
  story.end(1);
  story.look(2);
  story.verdict("approved");
  assert.deepEqual(story.told, ["1 config applied restart"]);
  story.send(request);
  assert.deepEqual(story.told, ["1 config applied restart", "2 signal"]);
  story.look(2);
  story.verdict("approved");
  story.end(2);
  story.look(2);
  story.verdict("approved");
  assert.equal(story.told.at(-1), "2 signal applied restart");
  assert.equal(story.journal.outcomes["signal:applied"], 1);
});

Deno.test("reloads: a request in an overlap is one", () => {
  const story = Story.ready(OVERLAP, 1);
  story.send(RELOAD);
  story.look(1);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.told, ["1 request applied restart"]);
});

Deno.test("reloads: a request supersedes what is considered", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.send(RELOAD);
  assert.deepEqual(story.told, ["1 config superseded", "2 request"]);
  story.wait(500).look(2);
  story.end(1);
  story.wait(500).look(2);
  assert.deepEqual(story.told.at(-1), "2 request applied restart");
});

Deno.test("reloads: a request that comes upon rejected content is rejected, unless it is forced", () => {
  const story = Story.ready({ ...VETTED, ...WINDOW }, 1);
  story.look(2);
  story.wait(500).look(2);
  story.verdict("rejected");
  story.look(3);
  story.send(RELOAD);
  story.look(2);
  assert.deepEqual(story.told, [
    "1 config rejected",
    "2 config superseded",
    "3 request rejected",
  ]);
  assert.match(
    story.journal.reloads[2].detail ?? "",
    /^the configuration was rejected and has not changed since/,
  );
  story.send({ kind: "reload", force: true });
  story.look(2);
  story.verdict("approved");
  assert.deepEqual(story.told.at(-1), "4 request restart");
});

Deno.test("reloads: a request that is declined at once is none", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  story.send(RELOAD);
  story.look(2);
  assert.deepEqual(story.told, ["1 config rejected"]);
});

Deno.test("reloads: a request whose content the check refuses is rejected", () => {
  const story = Story.ready(VETTED, 1);
  story.send(RELOAD);
  story.look(2);
  story.verdict("rejected");
  assert.deepEqual(story.told, ["1 request rejected"]);
  assert.equal(story.journal.reloads[0].detail, "bad");
});

Deno.test("reloads: the child that somebody stops during a reload interrupts it", () => {
  const story = Story.ready(SIGNED, 1);
  story.look(2);
  story.wait(500).look(2);
  story.send({ kind: "stopChild" });
  assert.deepEqual(story.told, ["1 config interrupted restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the child was stopped on request",
  );
});

Deno.test("reloads: a start that somebody asks for is none", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "stopChild" });
  story.end(1);
  story.look(2);
  story.send({ kind: "startChild" });
  story.look(2);
  assert.equal(story.kind, "running");
  assert.deepEqual(story.told, []);
  assert.equal(story.journal.starts.start, 2);
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
