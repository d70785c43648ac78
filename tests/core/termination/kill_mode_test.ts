/** What `--kill-mode` does to a child's main process and to the rest of its group, from the stop signal on. */
import assert from "node:assert/strict";
import type { KillMode } from "../../../src/core/vocabulary/settings.ts";
import { OVERLAP, QUICK, Stepping } from "../../simulation/stepping.ts";

const STATUS = { kind: "code", code: 3 } as const;
const EXITED = { kind: "exited", run: 1, status: STATUS } as const;
const LEFT_OVER = { kind: "groupProbed", run: 1, alive: true } as const;
const GONE = { kind: "groupProbed", run: 1, alive: false } as const;

const running = (killMode: KillMode) =>
  Stepping.ready({ ...QUICK, killMode }, 1);

/** The child has ended by itself, and somebody of its group is left. */
function crashed(killMode: KillMode): { story: Stepping; words: string[] } {
  const story = running(killMode);
  story.send(EXITED);
  return { story, words: story.send(LEFT_OVER) };
}

const ASKED: readonly [KillMode, string[]][] = [
  ["group", ["SIGTERM 1", "timer continue", "timer stop"]],
  ["main", ["SIGTERM 1 main", "timer continue", "timer stop"]],
  ["mixed", ["SIGTERM 1 main", "timer continue", "timer stop"]],
];

for (const [killMode, words] of ASKED) {
  Deno.test(`kill_mode ${killMode}: who gets the stop signal`, () => {
    assert.deepEqual(running(killMode).signal("SIGTERM"), words);
  });
}

Deno.test("kill_mode: who is asked to end and is stopped goes on, and nobody else", () => {
  const words = (["group", "main", "mixed"] as const).map((killMode) => {
    const story = running(killMode);
    story.signal("SIGTERM");
    return story.timer("continue");
  });
  assert.deepEqual(words, [
    ["SIGCONT 1"],
    ["SIGCONT 1 main"],
    ["SIGCONT 1 main"],
  ]);
});

const KILLED: readonly [KillMode, string][] = [
  ["group", "SIGKILL 1"],
  ["main", "SIGKILL 1 main"],
  ["mixed", "SIGKILL 1"],
];

for (const [killMode, word] of KILLED) {
  Deno.test(`kill_mode ${killMode}: who gets SIGKILL, when the time is over and when it is urgent`, () => {
    const late = running(killMode);
    late.signal("SIGTERM");
    late.now += QUICK.stopTimeoutMs;
    assert.equal(late.timer("stop")[0], word);
    const urgent = running(killMode);
    urgent.signal("SIGTERM");
    assert.equal(urgent.signal("SIGTERM")[0], word);
  });

  Deno.test(`kill_mode ${killMode}: a forwarded signal goes to the whole group`, () => {
    assert.deepEqual(running(killMode).signal("SIGHUP"), ["SIGHUP 1"]);
  });
}

Deno.test("kill_mode main: the end of the main process is the end, and what is left of its group stays", () => {
  const { story } = crashed("main");
  assert.deepEqual(story.model.state, { kind: "done", code: 3 });
  assert.deepEqual(
    story.effects.filter(({ kind }) => kind === "leave" || kind === "signal"),
    [{ kind: "leave", run: 1 }],
  );
});

Deno.test("kill_mode main: the next child is started beside what is left", () => {
  const story = running("main");
  story.change(2);
  story.send(EXITED);
  story.send(LEFT_OVER);
  assert.deepEqual(story.look(2).slice(0, 1), ["spawn 2 on 2"]);
});

Deno.test("kill_mode main: what is left is left alone, also if the leader ends long after SIGKILL", () => {
  const story = running("main");
  story.change(2);
  story.now += QUICK.stopTimeoutMs;
  story.timer("stop");
  story.now += 60_000;
  story.send(EXITED);
  story.send(LEFT_OVER);
  assert.deepEqual(story.effects[0], { kind: "leave", run: 1 });
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("kill_mode main: a group without anybody left is not said to be left alone", () => {
  const story = running("main");
  story.send(EXITED);
  story.send(GONE);
  assert.ok(story.effects.every(({ kind }) => kind !== "leave"));
});

Deno.test("kill_mode mixed: what is left when the main process has ended is killed at once, then waited for", () => {
  const { story, words } = crashed("mixed");
  assert.deepEqual(words, ["SIGKILL 1", "timer stop", "timer probeGroup"]);
  assert.deepEqual(story.send(LEFT_OVER), ["timer probeGroup"]);
  story.send(GONE);
  assert.deepEqual(story.model.state, { kind: "done", code: 3 });
});

Deno.test("kill_mode mixed: a restart waits for the end of the group", () => {
  const story = running("mixed");
  story.change(2);
  story.send(EXITED);
  story.send(LEFT_OVER);
  assert.deepEqual(story.look(2), []);
  story.send(GONE);
  assert.deepEqual(story.look(2).slice(0, 1), ["spawn 2 on 2"]);
});

Deno.test("kill_mode main: after an overlap what is left of the old child's group holds nothing up", () => {
  const story = Stepping.ready({ ...OVERLAP, killMode: "main" }, 1);
  story.change(2);
  story.verdict("approved");
  assert.ok(
    story.send({ kind: "ready", run: 2 }).includes("SIGTERM 1 main"),
  );
  story.send(EXITED);
  story.send(LEFT_OVER);
  assert.equal(story.model.retiring, undefined);
});
