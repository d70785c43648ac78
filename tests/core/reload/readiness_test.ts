import assert from "node:assert/strict";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { INTERRUPT_MS } from "../../../src/core/transition/ended_from_outside.ts";
import { keyOfPrint } from "../../simulation/reloads.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const SIGNAL: Action = { kind: "signal", signal: "SIGUSR2" };
const SURVIVAL = { ...SAFE, ready: { ...SAFE.ready, sign: undefined } };
const REVIVING = {
  ...SAFE,
  crash: { ...QUICK.crash, restart: "always" },
} as const;

/** A second child, on content 2; the first one was ready with 1. */
function reloaded(policy = SAFE): Stepping {
  const story = Stepping.ready(policy, 1);
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  story.end(1);
  return story;
}

const goodOf = ({ model: { good } }: Stepping) =>
  good === undefined ? undefined : keyOfPrint(good);

Deno.test("readiness: a child that gives its sign makes its content the good one", () => {
  const story = reloaded();
  assert.equal(goodOf(story), "1");
  story.send({ kind: "ready", run: 2 });
  assert.equal(goodOf(story), "2");
});

const RESTARTED = "Child process restarted successfully after config change";

Deno.test("readiness: a restart is successful when the sign has come, not before", () => {
  const story = reloaded();
  assert.ok(!story.lines.includes(RESTARTED));
  story.send({ kind: "ready", run: 2 });
  assert.equal(story.lines.at(-1), RESTARTED);
});

Deno.test("readiness: a restart is successful also when the sign comes late", () => {
  const story = reloaded({ ...SAFE, snapshots: false });
  story.look(2);
  story.timer("ready");
  assert.ok(!story.lines.includes(RESTARTED));
  story.send({ kind: "ready", run: 2 });
  assert.equal(story.lines.at(-1), RESTARTED);
});

Deno.test("readiness: without a sign, a restart is successful with its start", () => {
  const story = reloaded(SURVIVAL);
  assert.ok(story.lines.includes(RESTARTED));
  story.timer("ready");
  const said = story.lines.filter((line) => line === RESTARTED);
  assert.equal(said.length, 1);
});

/** What follows the end of the child. */
const followsIn = ({ model: { state } }: Stepping) =>
  state.kind === "sweeping" ? state.goal.kind : state.kind;

/** `^C` reaches the child and us, and the child ends after so long. */
function interrupted(
  signal: "SIGINT" | "SIGQUIT" | "SIGWINCH",
  afterMs: number,
) {
  const story = reloaded({ ...SAFE, foreground: true });
  story.send({ kind: "signal", signal });
  story.now += afterMs;
  story.send({ kind: "exited", run: 2, status: { kind: "code", code: 0 } });
  return followsIn(story);
}

Deno.test("readiness: a child that ends of ^C is not rolled back, it ends us", () => {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    for (const afterMs of [0, INTERRUPT_MS]) {
      assert.equal(interrupted(signal, afterMs), "follow");
    }
  }
});

Deno.test("readiness: one that ends long after ^C, or of nothing of that kind, is rolled back", () => {
  for (
    const [signal, afterMs] of [
      ["SIGINT", INTERRUPT_MS + 1],
      ["SIGWINCH", 0],
    ] as const
  ) {
    assert.equal(interrupted(signal, afterMs), "restart");
  }
});

Deno.test("readiness: the next child has not heard of the ^C of the one before", () => {
  const story = Stepping.ready({ ...SAFE, foreground: true }, 1);
  story.timer("ready");
  story.send({ kind: "signal", signal: "SIGINT" });
  story.now += 1;
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.send({ kind: "exited", run: 2, status: { kind: "code", code: 0 } });
  assert.equal(followsIn(story), "restart");
});

Deno.test("readiness: ^C from before the child was told of new content does not excuse its end", () => {
  const story = Stepping.ready(
    { ...SURVIVAL, onChange: SIGNAL, foreground: true },
    1,
  );
  story.timer("ready");
  story.send({ kind: "signal", signal: "SIGQUIT" });
  story.now += 1;
  story.change(2);
  story.verdict("approved");
  story.acted("done");
  story.now += 1;
  story.send({ kind: "exited", run: 1, status: { kind: "code", code: 3 } });
  assert.equal(followsIn(story), "restart");
});

Deno.test("readiness: where --restart goes on after ^C, it goes on with the last good content", () => {
  const story = reloaded({ ...REVIVING, foreground: true });
  story.send({ kind: "signal", signal: "SIGINT" });
  story.send({ kind: "exited", run: 2, status: { kind: "code", code: 0 } });
  assert.equal(followsIn(story), "restart");
});

Deno.test("readiness: a child that failed was not restarted successfully", () => {
  const story = reloaded();
  story.overdue(2);
  story.end(2);
  story.send({ kind: "ready", run: 3 });
  assert.ok(!story.lines.includes(RESTARTED));
});

Deno.test("readiness: the last answer of the probe is in the line that it is not ready", () => {
  const story = reloaded();
  story.send({ kind: "notYet", run: 2, why: "connection refused" });
  assert.equal(
    story.lines.at(-1),
    "Child process is not ready yet: connection refused",
  );
  story.timer("ready");
  story.send({ kind: "notYet", run: 2, why: "answered 503" });
  story.send({ kind: "notYet", run: 1, why: "of another child" });
  story.send({ kind: "notReady", run: 2 });
  assert.ok(
    story.lines.includes(
      "Child process (PID: 1002) is not ready after 5s: answered 503",
    ),
  );
});

Deno.test("readiness: the sign of an earlier child means nothing", () => {
  const story = reloaded();
  story.send({ kind: "ready", run: 1 });
  assert.equal(goodOf(story), "1");
});

Deno.test("readiness: without a sign, surviving makes the content the good one", () => {
  const story = reloaded(SURVIVAL);
  assert.equal(goodOf(story), "1");
  story.timer("ready");
  assert.equal(goodOf(story), "2");
});

for (const policy of [SAFE, SURVIVAL]) {
  const how = policy.ready.sign === undefined ? "survival" : "a sign";
  Deno.test(`readiness: a child that ends on new content is followed by one on the good one (${how})`, () => {
    const story = reloaded(policy);
    assert.equal(story.end(2, 1)[0], "spawn 3 on 1");
    assert.equal(story.model.rejections, 1);
    assert.deepEqual(story.change(2), [], "the content is left alone");
    assert.deepEqual(story.change(3), ["vet 3"]);
  });
}

Deno.test("readiness: a child that is not ready in time is stopped and followed by one on the good content", () => {
  const story = reloaded();
  assert.deepEqual(story.timer("ready"), ["askSign 2"]);
  assert.deepEqual(story.send({ kind: "notReady", run: 2 }), [
    "SIGTERM 2",
    "timer continue",
    "timer stop",
  ]);
  assert.equal(story.end(2)[0], "spawn 3 on 1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("readiness: a sign that the last look finds is in time", () => {
  const story = reloaded();
  story.timer("ready");
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.send({ kind: "notReady", run: 2 }), []);
  assert.equal(goodOf(story), "2");
});

Deno.test("readiness: what a last look for an earlier child has found means nothing", () => {
  const story = reloaded();
  assert.deepEqual(story.send({ kind: "notReady", run: 1 }), []);
  assert.equal(story.kind, "running");
});

Deno.test("readiness: a child that fails on the good content is not followed by another attempt", () => {
  const story = reloaded();
  story.end(2, 1);
  story.end(3, 7);
  assert.deepEqual(story.model.state, { kind: "done", code: 7 });
});

Deno.test("readiness: a child that was ready and ends later is a crash", () => {
  const story = reloaded();
  story.send({ kind: "ready", run: 2 });
  story.end(2, 7);
  assert.deepEqual(story.model.state, { kind: "done", code: 7 });
});

Deno.test("readiness: a first child that is not ready in time goes on, and signals reach it", () => {
  const story = new Stepping(SAFE);
  story.send({ kind: "begin" });
  story.signal("SIGHUP");
  story.look(1);
  story.verdict("approved");
  assert.deepEqual(story.overdue(1), ["SIGHUP 1"]);
  assert.equal(goodOf(story), undefined);
});

Deno.test("readiness: a reload by signal waits for the sign, and tries nothing before it", () => {
  const story = new Stepping({ ...SAFE, onChange: SIGNAL });
  story.send({ kind: "begin" });
  story.look(1);
  story.verdict("approved");
  const early = story.change(2);
  if (early.includes("vet 2")) early.push(...story.verdict("approved"));
  assert.ok(!early.includes("act on 2"));
  const words = story.send({ kind: "ready", run: 1 });
  assert.equal(goodOf(story), "1", "what the child was ready with");
  if (words.includes("vet 2")) words.push(...story.verdict("approved"));
  const told = story.acted("done");
  assert.deepEqual(told, ["activate 2", "SIGUSR2 1", "timer ready"]);
});

Deno.test("readiness: content that asks for nothing is not good because a child survives that was not given it", () => {
  const story = new Stepping({ ...SURVIVAL, onChange: { kind: "none" } });
  story.send({ kind: "begin" });
  story.look(1);
  story.verdict("approved");
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  story.acted("done");
  story.timer("ready");
  assert.equal(story.baseline, "2");
  assert.equal(goodOf(story), "1");
});

Deno.test("readiness: a child that ends after a reload by signal is followed by one on the good content", () => {
  const story = Stepping.ready({ ...SAFE, onChange: SIGNAL }, 1);
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  const told = story.acted("done");
  assert.deepEqual(told, ["activate 2", "SIGUSR2 1", "timer ready"]);
  assert.equal(story.end(1, 1)[0], "spawn 2 on 1");
});

Deno.test("readiness: a copy that lacks a path is another content than the good one with it", () => {
  const configs = ["/a", "/b"].map((path) => ({ path, named: true }));
  const story = Stepping.ready({ ...SAFE, configs }, 1, 5);
  story.change(2, 5);
  story.verdict("approved");
  story.end(1);
  story.look(1, undefined);
  story.look(1, undefined);
  story.verdict("approved");
  assert.equal(story.end(2)[0], "spawn 3 on 1,-");
  assert.equal(story.end(3, 1)[0], "spawn 4 on 1,5");
});

Deno.test("readiness: a crash forgets no refusal", () => {
  const story = reloaded(REVIVING);
  story.end(2, 1);
  story.end(3, 7);
  assert.equal(story.kind, "backingOff");
  assert.deepEqual(story.look(2), []);
  assert.equal(story.timer("retry")[0], "spawn 4 on 1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("readiness: content that came before a crash is used after the pause, not the saved one", () => {
  const story = Stepping.ready({ ...REVIVING, debounceMs: 500 }, 1);
  // Seen, and not at rest yet, when the child ends.
  story.look(2);
  story.end(1, 7);
  assert.deepEqual(story.look(2), []);
  assert.deepEqual(story.timer("retry"), []);
  story.look(2);
  story.now += 500;
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.equal(story.verdict("approved")[0], "spawn 2 on 2");
});

Deno.test("readiness: a restart that was asked for during the pause after a crash forgets no refusal", () => {
  const story = reloaded(REVIVING);
  story.end(2, 1);
  story.end(3, 7);
  assert.equal(story.send({ kind: "reload", force: false })[0], "spawn 4 on 1");
});

Deno.test("readiness: a child that gets the last content because the new one was refused is not on trial", () => {
  const story = Stepping.ready(REVIVING, 1);
  story.end(1, 7);
  story.look(1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.equal(story.verdict("rejected")[0], "spawn 2 on 1");
  assert.equal(story.model.reloads, 0);
});

Deno.test("readiness: content is not used unsaved because it was approved once", () => {
  const story = reloaded(REVIVING);
  story.end(2, 1);
  story.send({ kind: "ready", run: 3 });
  // 2 was approved and is refused; 3 is refused too, and 2 is not kept for it.
  story.change(3);
  story.verdict("rejected");
  story.end(3, 7);
  story.look(3);
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("readiness: a rollback forgets no refusal of what the paths hold by now", () => {
  const story = reloaded();
  story.change(3);
  story.verdict("rejected");
  assert.equal(story.end(2, 1)[0], "spawn 3 on 1");
  assert.deepEqual(story.change(3), []);
});

Deno.test("readiness: a good copy that is damaged is not gone back to, nor good any more", () => {
  const story = reloaded();
  story.damaged.add("1");
  const words = story.end(2, 1);
  assert.equal(words[0], "spawn 3 on 1");
  assert.equal(goodOf(story), undefined);
  assert.equal(story.kind, "preparing", "the paths tell");
  story.damaged.clear();
  assert.deepEqual(story.look(1), ["vet 1"]);
  assert.equal(story.verdict("approved")[0], "spawn 3 on 1");
});

Deno.test("readiness: a damaged copy is taken again from paths that hold it", () => {
  const story = Stepping.ready(REVIVING, 1);
  story.damaged.add("1");
  story.end(1, 1);
  assert.deepEqual(story.timer("retry"), ["spawn 2 on 1"]);
  assert.equal(story.kind, "preparing");
  story.damaged.clear();
  assert.deepEqual(story.look(1), ["vet 1"], "it is saved again");
  assert.equal(story.verdict("approved")[0], "spawn 2 on 1");
});

Deno.test("readiness: while the paths hold rejected content, the good copy follows a damaged one", () => {
  const story = Stepping.ready({ ...REVIVING, onChange: { kind: "none" } }, 1);
  story.change(2);
  story.verdict("approved");
  story.acted("done");
  assert.equal(story.baseline, "2");
  assert.equal(goodOf(story), "1");
  story.change(3);
  story.verdict("rejected");
  story.damaged.add("2");
  story.end(1, 1);
  const words = story.timer("retry");
  assert.deepEqual(words.slice(0, 2), ["spawn 2 on 2", "spawn 2 on 1"]);
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(3), [], "it stays rejected");
});
