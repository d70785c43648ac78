/** `--before-start`: no child without its yes, and what its no leads to. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const beforeStart = { command: ["migrate"], timeoutMs: 1_000 } as const;
const HOOKED: Policy = { ...QUICK, beforeStart };
const RESTARTED: Policy = {
  ...HOOKED,
  crash: { ...QUICK.crash, restart: "on-failure" },
};

/** Up to the hook of the first start, on content 1. */
function begun(policy: Policy): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.look(1);
  if (policy.vetting !== undefined) story.verdict("approved");
  assert.equal(story.kind, "beforeStart");
  return story;
}

Deno.test("before start: the child is started after the hook, on what the paths hold then", () => {
  const story = begun(HOOKED);
  assert.deepEqual(story.hook("done"), []);
  assert.equal(story.kind, "preparing");
  assert.deepEqual(story.look(2), ["spawn 1 on 2"]);
});

Deno.test("before start: with saved content it is started at once", () => {
  const story = begun({ ...SAFE, beforeStart });
  assert.deepEqual(story.hook("done"), ["spawn 1 on 1", "timer ready"]);
});

Deno.test("before start: the answer of another hook means nothing", () => {
  const story = begun(HOOKED);
  assert.deepEqual(story.hook("done", story.model.ticket - 1), []);
  assert.equal(story.kind, "beforeStart");
});

Deno.test("before start: another attempt to start the same child needs no other yes", () => {
  const story = begun({ ...SAFE, beforeStart });
  story.refusing = true;
  assert.deepEqual(story.hook("done"), ["spawn 1 on 1", "timer retry"]);
  story.refusing = false;
  assert.deepEqual(story.timer("retry"), ["spawn 1 on 1", "timer ready"]);
});

Deno.test("before start: a failure ends the manager with 1, unless it restarts its child", () => {
  const story = begun(HOOKED);
  story.hook("failed");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
  assert.ok(story.lines.includes("Hook output: said"));
});

Deno.test("before start: with --restart it is tried again, as the first start", () => {
  const story = begun(RESTARTED);
  assert.deepEqual(story.hook("failed"), ["timer retry"]);
  assert.equal(story.kind, "backingOff");
  assert.equal(story.model.crashes.streak, 1);
  story.timer("retry");
  assert.deepEqual(story.look(1), ["before start 2 on 1"]);
  const effect = story.effects.find(({ kind }) => kind === "beforeStart");
  assert.ok(effect?.kind === "beforeStart");
  assert.equal(effect.occasion.reason, "start");
});

Deno.test("before start: --max-restarts counts failed starts", () => {
  const crash = {
    ...RESTARTED.crash,
    max: { count: 1, windowMs: 60_000 },
  };
  const story = begun({ ...RESTARTED, crash });
  story.hook("failed");
  story.timer("retry");
  story.look(1);
  story.hook("failed");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("before start: new content is given up for the last good one, whose hook runs too", () => {
  const story = begun({ ...SAFE, beforeStart });
  story.hook("done");
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.end(1), ["before start 2 on 2"]);
  assert.deepEqual(story.hook("failed"), ["before start 3 on 1"]);
  assert.deepEqual(story.hook("done").slice(0, 1), ["spawn 3 on 1"]);
  assert.equal(story.model.rejections, 1);
});

/** The child has failed on content 2, and so has the hook before the one that goes back to content 1. */
function failedRollback(policy: Policy): Stepping {
  const story = begun({ ...SAFE, ...policy, beforeStart });
  story.hook("done");
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.hook("done");
  story.overdue(2);
  assert.deepEqual(story.end(2), ["before start 3 on 1"]);
  assert.deepEqual(story.hook("failed"), ["timer retry"]);
  story.look(2);
  return story;
}

const REVIVED: Policy = { ...SAFE, crash: RESTARTED.crash };

Deno.test("before start: a failed rollback is tried again on the last good content", () => {
  const story = failedRollback(REVIVED);
  assert.deepEqual(story.timer("retry"), ["before start 4 on 1"]);
});

Deno.test("before start: what a child failed on is on trial again after a failed rollback", () => {
  const retryRejected = { firstMs: 500, maxMs: 500 };
  const story = failedRollback({ ...REVIVED, retryRejected });
  story.now += 1_000;
  assert.deepEqual(story.timer("retry"), []);
  assert.deepEqual(story.look(2), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ["before start 4 on 2"]);
  story.hook("done");
  story.overdue(4);
  assert.deepEqual(story.end(4), ["before start 5 on 1"]);
});

Deno.test("before start: content that is refused after a failed rollback leads to the last good content", () => {
  const story = failedRollback(REVIVED);
  assert.deepEqual(story.change(3), ["vet 3"]);
  assert.deepEqual(story.verdict("rejected"), ["before start 4 on 1"]);
});

Deno.test("before start: a copy that cannot be made after a failed rollback leads to the last good content", () => {
  const story = failedRollback(REVIVED);
  story.change(3);
  assert.deepEqual(story.verdict("unsaved"), ["before start 4 on 1"]);
});

Deno.test("before start: a copy that is lost is saved again", () => {
  const story = begun({ ...SAFE, beforeStart });
  story.hook("lost");
  assert.equal(story.kind, "preparing");
});

Deno.test("before start: a stop waits for the end of the hook, and starts nothing", () => {
  for (const outcome of ["withdrawn", "done", "failed"] as const) {
    const story = begun(RESTARTED);
    story.signal("SIGTERM");
    assert.equal(story.effects.at(-1)?.kind, "cancel");
    assert.equal(story.kind, "beforeStart");
    assert.deepEqual(story.hook(outcome), []);
    assert.deepEqual(story.model.state, { kind: "done", code: 0 });
  }
});

Deno.test("before start: an operator's stop leads to no child, a bug to the code of one", () => {
  const halted = begun(HOOKED);
  halted.send({ kind: "stopChild" });
  halted.hook("withdrawn");
  assert.equal(halted.kind, "halted");
  const story = begun(HOOKED);
  story.send({ kind: "bug", detail: "simulated" });
  story.signal("SIGTERM");
  story.hook("withdrawn");
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});

Deno.test("before start: signals wait for the child", () => {
  const story = begun({ ...SAFE, beforeStart });
  story.signal("SIGHUP");
  story.hook("done");
  assert.deepEqual(story.send({ kind: "ready", run: 1 }), ["SIGHUP 1"]);
});
