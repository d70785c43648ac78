/** A child that is asked whether it still works, and what comes of its answers. */
import assert from "node:assert/strict";
import { EXIT_HUNG } from "../../../src/core/vocabulary/exit_status.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import type { LivenessRules } from "../../../src/core/vocabulary/settings.ts";
import { OVERLAP, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const RULES: LivenessRules = {
  sign: { kind: "tcp", host: "localhost", port: 80 },
  intervalMs: 10_000,
  timeoutMs: 1_000,
  threshold: 3,
  action: { kind: "restart" },
};
const LIVE: Policy = { ...QUICK, live: RULES };

const livePolicy = (
  rules: Partial<LivenessRules>,
  policy: Policy = QUICK,
): Policy => ({ ...policy, live: { ...RULES, ...rules } });

class Story extends Stepping {
  /** The time has come to ask, and this is the answer. */
  ask(why?: string, heardAt?: number): string[] {
    const asked = this.timer("live");
    return [...asked, ...this.answer(why, heardAt)];
  }

  answer(why?: string, heardAt?: number): string[] {
    const { run, question } = this.question;
    return this.send({ kind: "lived", run, question, why, heardAt });
  }

  /** It fails so often. */
  fail(times: number): string[] {
    const words: string[] = [];
    for (; times > 0; times--) words.push(...this.ask("refused"));
    return words;
  }

  get question(): { run: number; question: number } {
    const { state } = this.model;
    assert.ok(state.kind === "running" && state.liveness !== undefined);
    return { run: state.run, question: state.liveness.question };
  }

  /** When the next question is due; undefined if the timer was not set. */
  get due(): number | undefined {
    const timer = this.effects.findLast((effect) =>
      effect.kind === "timer" && effect.name === "live"
    );
    return timer?.kind === "timer" ? timer.at : undefined;
  }
}

/** A child that runs; time is 60 s later. */
const running = (policy = LIVE): Story => Story.ready(policy, 1);

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

Deno.test("liveness: what each action leads to", () => {
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

Deno.test("liveness: exit ends with a code of its own, whatever the child ended with", () => {
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

Deno.test("liveness: a child that hangs and does not end gets SIGKILL, and exit does not wait for it for ever", () => {
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

Deno.test("liveness: --max-restarts counts, also with --restart never", () => {
  const crash = { ...QUICK.crash, max: { count: 0, windowMs: 60_000 } };
  const story = running(livePolicy({ threshold: 1 }, { ...QUICK, crash }));
  story.fail(1);
  story.end(1);
  const { state } = story.model;
  assert.ok(state.kind === "done");
  assert.equal(state.code, EXIT_HUNG);
  assert.ok(story.lines.some((line) => line.includes("used up 0 restarts")));
});

Deno.test("liveness: SIGTERM while it is stopped is the first request, and ends with the code of a stop", () => {
  const story = running(livePolicy({ action: { kind: "exit" }, threshold: 1 }));
  story.fail(1);
  assert.ok(!story.signal("SIGTERM").includes("SIGKILL 1"));
  story.end(1, 0);
  const { state } = story.model;
  assert.ok(state.kind === "done");
  assert.equal(state.code, 0);
});

Deno.test("liveness: a child that hangs is not drained", () => {
  const story = running(
    livePolicy({ threshold: 1 }, { ...QUICK, drainDelayMs: 5_000 }),
  );
  story.fail(1);
  assert.equal(story.kind, "stopping");
});

Deno.test("liveness: a child that hangs on new content is stopped for the last good one", () => {
  const survival = { ...SAFE, ready: { ...SAFE.ready, sign: undefined } };
  const story = running(livePolicy({ threshold: 1 }, survival));
  story.timer("ready");
  story.change(2);
  story.verdict("approved");
  story.end(1);
  assert.ok(story.fail(1).includes("SIGTERM 2"));
  assert.ok(story.end(2).includes("spawn 3 on 1"));
});

Deno.test("liveness: --after-exit hears of a hang also where new content was on trial", () => {
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

Deno.test("liveness: the reason stays where the pause is cut short for what the child had already", () => {
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

Deno.test("liveness: nobody asks a child that is drained or stopped", () => {
  const story = running({ ...LIVE, drainDelayMs: 5_000 });
  story.signal("SIGTERM");
  assert.equal(story.kind, "draining");
  assert.equal(story.due, undefined);
  assert.deepEqual(story.timer("live"), []);
  story.timer("drain");
  assert.deepEqual(story.timer("live"), []);
});

Deno.test("liveness: the old child is not asked during an overlap, and anew when it stays", () => {
  const story = running(livePolicy({ threshold: 2 }, OVERLAP));
  story.fail(1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  assert.deepEqual(story.timer("live"), []);
  story.now += 6_000;
  story.overdue(2);
  assert.equal(story.kind, "running");
  story.fail(1);
  assert.equal(story.kind, "running");
  story.fail(1);
  assert.equal(story.kind, "stopping");
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

Deno.test("liveness: a child that worked for long has a first crash again", () => {
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
