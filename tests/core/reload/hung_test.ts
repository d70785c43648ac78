/** What becomes of a child that hangs. */
import assert from "node:assert/strict";
import { EXIT_HUNG } from "../../../src/core/vocabulary/exit_status.ts";
import type { LivenessRules } from "../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE } from "../../simulation/stepping.ts";
import { livePolicy, running } from "./liveness_story.ts";

Deno.test("hung: what each action leads to", () => {
  const table: [LivenessRules["action"], signal: string, end: string][] = [
    [{ kind: "restart" }, "SIGTERM 1", "backingOff"],
    [{ kind: "signal", signal: "SIGABRT" }, "SIGABRT 1", "backingOff"],
    [{ kind: "exit" }, "SIGTERM 1", "done"],
  ];
  for (const [action, signal, end] of table) {
    const story = running(livePolicy({ action, threshold: 1 }));
    assert.ok(story.fail(1).includes(signal), action.kind);
    story.end(1);
    assert.equal(story.kind, end, action.kind);
  }
});

Deno.test("hung: exit ends with a code of its own, whatever the child ended with", () => {
  for (const code of [0, 3]) {
    const story = running(
      livePolicy({ action: { kind: "exit" }, threshold: 1 }),
    );
    story.fail(1);
    story.end(1, code);
    const { state } = story.model;
    assert.ok(state.kind === "done");
    assert.equal(state.code, EXIT_HUNG);
  }
});

Deno.test("hung: a child that hangs and does not end gets SIGKILL, and exit does not wait for it for ever", () => {
  const story = running(livePolicy({ action: { kind: "exit" }, threshold: 1 }));
  story.fail(1);
  story.now += 1_000;
  assert.ok(story.timer("stop").includes("SIGKILL 1"));
  story.now += 1_000;
  story.timer("stop");
  const { state } = story.model;
  assert.ok(state.kind === "done");
  assert.equal(state.code, EXIT_HUNG);
});

Deno.test("hung: --max-restarts counts, also with --restart never", () => {
  const crash = { ...QUICK.crash, max: { count: 0, windowMs: 60_000 } };
  const story = running(livePolicy({ threshold: 1 }, { ...QUICK, crash }));
  story.fail(1);
  story.end(1);
  const { state } = story.model;
  assert.ok(state.kind === "done");
  assert.equal(state.code, EXIT_HUNG);
  assert.ok(story.lines.some((line) => line.includes("used up 0 restarts")));
});

Deno.test("hung: SIGTERM while it is stopped is the first request, and ends with the code of a stop", () => {
  const story = running(livePolicy({ action: { kind: "exit" }, threshold: 1 }));
  story.fail(1);
  assert.ok(!story.signal("SIGTERM").includes("SIGKILL 1"));
  story.end(1, 0);
  const { state } = story.model;
  assert.ok(state.kind === "done");
  assert.equal(state.code, 0);
});

Deno.test("hung: a child that hangs is not drained", () => {
  const story = running(
    livePolicy({ threshold: 1 }, { ...QUICK, drainDelayMs: 5_000 }),
  );
  story.fail(1);
  assert.equal(story.kind, "stopping");
});

Deno.test("hung: a child that hangs on new content is stopped for the last good one", () => {
  const survival = { ...SAFE, ready: { ...SAFE.ready, sign: undefined } };
  const story = running(livePolicy({ threshold: 1 }, survival));
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  story.end(1);
  assert.ok(story.fail(1).includes("SIGTERM 2"));
  assert.ok(story.end(2).includes("spawn 3 on 1"));
});

Deno.test("hung: --after-exit hears of a hang also where new content was on trial", () => {
  const afterExit = { command: ["clean"], timeoutMs: 5_000 } as const;
  const ready = { ...SAFE.ready, sign: undefined };
  const policy = { ...SAFE, ready, afterExit };
  const story = running(livePolicy({ threshold: 1 }, policy));
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  story.end(1);
  const { ticket } = story.model;
  story.send({ kind: "hookEnded", ticket, outcome: { kind: "done" } });
  story.fail(1);
  assert.ok(story.end(2).includes("after exit 2: liveness"));
});

Deno.test("hung: the reason stays where the pause is cut short for what the child had already", () => {
  const survival = { ...SAFE, ready: { ...SAFE.ready, sign: undefined } };
  const story = running(livePolicy({ threshold: 1 }, survival));
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.fail(1);
  story.end(2);
  // The last good content does not help; the paths hold it again then.
  story.fail(1);
  story.end(3);
  assert.equal(story.kind, "backingOff");
  story.look(2);
  story.change(1);
  const { state } = story.model;
  assert.ok(state.kind === "running" && state.run === 4);
  assert.equal(state.reason, "liveness");
});

Deno.test("hung: a child that worked for long has a first crash again", () => {
  const story = running(livePolicy({ threshold: 1 }));
  story.ask();
  story.fail(1);
  assert.equal(story.model.crashes.streak, 1);
  story.end(1);
  story.timer("retry");
  story.look(1);
  // It has not worked a minute later, although it ran.
  story.now += 120_000;
  story.fail(1);
  assert.equal(story.model.crashes.streak, 2);
});
