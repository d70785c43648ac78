/** `--after-exit`: once for each child, with a reason, and within the time of a stop. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { OVERLAP, QUICK, Stepping } from "../../simulation/stepping.ts";

const afterExit = { command: ["clean"], timeoutMs: 5_000 } as const;
const HOOKED: Policy = { ...QUICK, afterExit };

/** When the hook is ended. */
function endOf({ model: { state, retiring } }: Stepping): number | undefined {
  const hook = state.kind === "afterExit" ? state : retiring;
  return hook?.kind === "afterExit" ? hook.by : undefined;
}

Deno.test("after exit: it runs when the group has ended, and then all goes on", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.change(2);
  assert.deepEqual(story.end(1), ["timer stop", "after exit 1: reload"]);
  assert.equal(endOf(story), story.now + 5_000);
  assert.deepEqual(story.hook("done"), []);
  assert.deepEqual(story.look(2), ["spawn 2 on 2"]);
});

Deno.test("after exit: a failure is a line only", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.end(1, 3);
  story.hook("failed");
  assert.ok(story.lines.includes("After-exit hook failed: bad"));
  assert.deepEqual(story.model.state, { kind: "done", code: 3 });
});

Deno.test("after exit: the reason is that of the child's end", () => {
  const told = (story: Stepping, code = 0) => story.end(1, code).at(-1);
  assert.equal(told(Stepping.ready(HOOKED, 1)), "after exit 1: exited");
  assert.equal(told(Stepping.ready(HOOKED, 1), 1), "after exit 1: crash");
  const halted = Stepping.ready(HOOKED, 1);
  halted.send({ kind: "stopChild" });
  assert.equal(told(halted), "after exit 1: stopped");
  const stopped = Stepping.ready(HOOKED, 1);
  stopped.signal("SIGTERM");
  assert.equal(told(stopped), "after exit 1: shutdown");
  const broken = Stepping.ready(HOOKED, 1);
  broken.send({ kind: "bug", detail: "simulated" });
  assert.equal(told(broken), "after exit 1: error");
});

Deno.test("after exit: its time is over at the timer, and the answer is waited for", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.end(1);
  assert.deepEqual(story.timer("stop"), []);
  story.now += 5_000;
  assert.deepEqual(story.timer("stop"), ["endHook"]);
  story.hook("withdrawn");
  assert.ok(
    story.lines.includes("After-exit hook was killed: its time is over"),
  );
  assert.equal(story.kind, "done");
});

Deno.test("after exit: at a stop it has what is left of that, or nothing", () => {
  const story = Stepping.ready(HOOKED, 1);
  const askedAt = story.now;
  story.signal("SIGTERM");
  story.now += 400;
  story.end(1);
  assert.equal(endOf(story), askedAt + 1_000);
  const late = Stepping.ready(HOOKED, 1);
  late.signal("SIGTERM");
  late.now += 1_000;
  late.timer("stop");
  assert.deepEqual(late.end(1), []);
  assert.equal(late.kind, "done");
});

Deno.test("after exit: a stop that comes during the hook cuts its time, the next one ends it", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.change(2);
  story.end(1);
  assert.deepEqual(story.signal("SIGTERM"), ["timer stop"]);
  assert.equal(endOf(story), story.now + 1_000);
  assert.deepEqual(story.signal("SIGTERM"), ["endHook"]);
  story.hook("withdrawn");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("after exit: a second request to stop leaves no time for it", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.signal("SIGTERM");
  story.signal("SIGTERM");
  assert.deepEqual(story.end(1), []);
  assert.equal(story.kind, "done");
});

Deno.test("after exit: of a child that retires, it runs beside the other, and a stop cuts it too", () => {
  const story = Stepping.ready({ ...OVERLAP, afterExit }, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.end(1), ["timer retireStop", "after exit 1: reload"]);
  assert.equal(story.kind, "running");
  story.signal("SIGTERM");
  assert.equal(story.model.retiring?.kind, "afterExit");
  assert.equal(endOf(story), story.now + 1_000);
  const { ticket } = story.model;
  story.end(2);
  story.hook("done");
  assert.equal(story.kind, "lingering");
  story.hook("done", ticket);
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("after exit: the next child of an overlap that fails is not ready", () => {
  const story = Stepping.ready({ ...OVERLAP, afterExit }, 1);
  story.change(2);
  story.verdict("approved");
  story.overdue(2);
  assert.equal(story.end(2).at(-1), "after exit 2: not-ready");
});

Deno.test("after exit: time in which the manager did not run counts at a stop", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.signal("SIGTERM");
  story.end(1);
  story.send({ kind: "stalled", forMs: 60_000 });
  assert.equal(endOf(story), story.now + 1_000);
  const idle = Stepping.ready({ ...HOOKED, stopTimeoutMs: 5_000 }, 1);
  idle.signal("SIGTERM");
  idle.end(1);
  idle.send({ kind: "stalled", forMs: 60_000 });
  assert.equal(endOf(idle), idle.now + 1_000);
});

Deno.test("after exit: a bug ends the hook, and a second one the manager", () => {
  const story = Stepping.ready(HOOKED, 1);
  story.end(1);
  const oops = { kind: "bug", detail: "simulated" } as const;
  assert.deepEqual(story.send(oops), ["endHook", "timer stop"]);
  story.send(oops);
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});
