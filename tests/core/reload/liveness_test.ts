/** A child that is asked whether it still works, and what comes of its answers. */
import assert from "node:assert/strict";
import { OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { LIVE, livePolicy, RULES, running, Story } from "./liveness_story.ts";

Deno.test("liveness: without --live nobody asks", () => {
  const story = running(QUICK);
  assert.deepEqual(story.timer("live"), []);
});

Deno.test("liveness: without a sign of readiness the first question comes one interval after the start", () => {
  const story = new Story(LIVE);
  story.send({ kind: "begin" });
  const words = story.look(1);
  assert.ok(words.includes("timer live"), words.join());
  story.now = RULES.intervalMs;
  assert.deepEqual(story.timer("live"), ["askLive 1"]);
});

Deno.test("liveness: with a sign the first question comes one interval after it", () => {
  const policy = livePolicy({}, { ...SAFE, snapshots: false });
  const story = new Story(policy);
  story.send({ kind: "begin" });
  story.look(1);
  story.verdict("approved");
  assert.equal(story.due, undefined);
  assert.deepEqual(story.timer("live"), []);
  story.now = 2_000;
  story.send({ kind: "ready", run: 1 });
  assert.equal(story.due, 12_000);
});

Deno.test("liveness: a question follows the one before it by an interval, whatever the answer takes", () => {
  const story = running();
  story.timer("live");
  const askedAt = story.now;
  story.now += 700;
  story.answer();
  assert.equal(story.due, askedAt + RULES.intervalMs);
  story.timer("live");
  story.answer("refused");
  assert.equal(story.due, story.now + RULES.intervalMs);
});

Deno.test("liveness: after the threshold the child is stopped, and started again after the pause", () => {
  const story = running();
  story.ask();
  story.now += 5_000;
  assert.ok(!story.fail(2).includes("SIGTERM 1"));
  assert.equal(story.kind, "running");
  assert.ok(story.fail(1).includes("SIGTERM 1"));
  assert.match(story.lines.join("\n"), /hangs: it answered .* until 5s ago/);
  story.end(1);
  assert.equal(story.kind, "backingOff");
  assert.ok(
    story.lines.some((line) => line.includes("did not answer any more, rest")),
  );
  story.timer("retry");
  assert.ok(story.look(1).includes("spawn 2 on 1"));
  const { state } = story.model;
  assert.ok(state.kind === "running");
  assert.equal(state.reason, "liveness");
  assert.ok(story.lines.at(-1)?.includes("after it did not answer any more"));
});

Deno.test("liveness: an answer ends the row, and is told of", () => {
  const story = running();
  story.fail(2);
  story.ask();
  assert.match(story.lines.at(-1) ?? "", /answers again after 2 failed probes/);
  story.fail(2);
  assert.equal(story.kind, "running");
});

Deno.test("liveness: a probe that has never worked is said differently", () => {
  const story = running();
  story.fail(3);
  const text = story.lines.join("\n");
  assert.match(text, /has never answered tcp:localhost:80 .*check the probe/);
  assert.ok(!text.includes("hangs: "));
});

Deno.test("liveness: a late answer changes nothing", () => {
  const story = running();
  story.timer("live");
  const old = story.question;
  story.answer("refused");
  const before = story.model;
  const late = { why: "refused", heardAt: undefined } as const;
  story.send({ kind: "lived", ...old, ...late });
  story.send({ kind: "lived", ...old, run: 7, ...late });
  assert.equal(story.model, before);
});

Deno.test("liveness: nobody asks a child that is drained or stopped", () => {
  const story = running({ ...LIVE, drainDelayMs: 5_000 });
  story.signal("SIGTERM");
  assert.equal(story.kind, "draining");
  assert.equal(story.due, undefined);
  assert.deepEqual(story.timer("live"), []);
  story.timer("drain");
  assert.deepEqual(story.timer("live"), []);
});

Deno.test("liveness: the old child is not asked during an overlap, and at once when it stays", () => {
  const story = running(livePolicy({ threshold: 2 }, OVERLAP));
  story.fail(1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  assert.deepEqual(story.timer("live"), []);
  story.now += 6_000;
  assert.equal(story.overdue(2).includes("askLive 1"), true);
  assert.equal(story.kind, "running");
  // The second in a row: the overlap was no answer.
  story.answer("refused");
  assert.equal(story.kind, "stopping");
});

Deno.test("liveness: overlaps that cannot begin, again and again, put no question off", () => {
  const story = running(livePolicy({ threshold: 3 }, OVERLAP));
  story.refusing = true;
  story.change(2);
  story.verdict("approved");
  story.answer("refused");
  for (const kind of ["running", "stopping"]) {
    story.now += 30_000;
    story.timer("defer");
    story.verdict("approved");
    story.answer("refused");
    assert.equal(story.kind, kind);
  }
});

Deno.test("liveness: what a child does not answer while it is told of new content does not count", () => {
  const onChange = { kind: "exec", argv: ["reload"] } as const;
  const story = running(livePolicy({ threshold: 2 }, { ...QUICK, onChange }));
  story.fail(1);
  story.change(2);
  story.fail(3);
  story.timer("live");
  story.now += 10;
  story.acted("done");
  // It was asked before the end of the action.
  story.answer("refused");
  assert.equal(story.kind, "running");
  story.fail(1);
  assert.equal(story.kind, "running");
  story.fail(1);
  assert.equal(story.kind, "stopping");
});

Deno.test("liveness: a signal tells it of new content too", () => {
  const onChange = { kind: "signal", signal: "SIGHUP" } as const;
  const story = running(livePolicy({ threshold: 2 }, { ...QUICK, onChange }));
  story.fail(1);
  story.timer("live");
  story.now += 10;
  story.change(2);
  // It was asked before the signal.
  story.answer("refused");
  story.fail(1);
  assert.equal(story.kind, "running");
  story.fail(1);
  assert.equal(story.kind, "stopping");
});

Deno.test("liveness: what was asked while we did not run is asked again", () => {
  const story = running(livePolicy({ threshold: 1 }));
  story.timer("live");
  const old = story.question;
  assert.deepEqual(story.send({ kind: "stalled", forMs: 60_000 }), [
    "askLive 1",
  ]);
  const late = { why: "no answer", heardAt: undefined } as const;
  story.send({ kind: "lived", ...old, ...late });
  assert.equal(story.kind, "running");
  assert.deepEqual(story.send({ kind: "stalled", forMs: 80 }), []);
  story.answer();
  assert.deepEqual(story.send({ kind: "stalled", forMs: 60_000 }), []);
});

const WATCHDOG = livePolicy({ sign: { kind: "notify" }, threshold: 1 });

Deno.test("liveness: a sign of life counts from when it was given", () => {
  const story = running(WATCHDOG);
  const heardAt = story.now - 4_000;
  story.ask(undefined, heardAt);
  assert.equal(story.due, heardAt + RULES.intervalMs);
});

Deno.test("liveness: WATCHDOG=trigger is a verdict at once", () => {
  const story = running(WATCHDOG);
  assert.ok(
    story.send({ kind: "liveTriggered", run: 1 }).includes("SIGTERM 1"),
  );
  assert.ok(story.lines.some((line) => line.includes("(WATCHDOG=trigger)")));
  const other = running(WATCHDOG);
  assert.deepEqual(other.send({ kind: "liveTriggered", run: 7 }), []);
});

Deno.test("liveness: the child sets its interval, or wants no question", () => {
  const story = running(WATCHDOG);
  story.send({ kind: "liveInterval", run: 1, everyMs: 2_000 });
  assert.equal(story.due, story.now + 2_000);
  story.ask();
  assert.equal(story.due, story.now + 2_000);
  story.send({ kind: "liveInterval", run: 1, everyMs: undefined });
  assert.equal(story.due, undefined);
});
