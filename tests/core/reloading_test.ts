import assert from "node:assert/strict";
import type { Action } from "../../src/core/vocabulary/settings.ts";
import type { PathPrint } from "../../src/core/vocabulary/fingerprint.ts";
import { holding, QUICK, SAFE, Stepping } from "../simulation/stepping.ts";

const VETTED = { ...QUICK, vetting: { atStart: "fail" } } as const;
const SIGNAL: Action = { kind: "signal", signal: "SIGUSR2" };
const EXEC: Action = { kind: "exec", argv: ["apply"] };

Deno.test("content is vetted before the child is touched", () => {
  const story = Stepping.ready(VETTED, 1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ["SIGTERM 1", "timer stop"]);
});

Deno.test("refused content leaves the child alone until it changes again", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  assert.deepEqual(story.verdict("rejected"), []);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.rejections, 1);
  assert.deepEqual(story.change(3), ["vet 3"]);
});

Deno.test("good, bad, good again: there is nothing to do", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  assert.deepEqual(story.change(1), []);
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("content that moves while it is vetted is given up", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  const ticket = story.model.ticket;
  assert.deepEqual(story.change(3), ["vet 3"]);
  const verdict = { kind: "approved" } as const;
  assert.deepEqual(story.send({ kind: "vetted", ticket, verdict }), []);
});

Deno.test("content that moved before it was vetted is looked at again", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  assert.deepEqual(story.effects.map(({ kind }) => kind), ["look"]);
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("what could not be saved is tried again", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  assert.deepEqual(story.verdict("unsaved"), ["timer defer"]);
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.equal(story.model.rejections, 0);
});

Deno.test("what could not be saved after a crash is tried again too", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...SAFE, crash }, 1);
  story.end(1, 1);
  story.look(1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.equal(story.verdict("unsaved")[0], "spawn 2 on 1");
  assert.equal(story.model.rejections, 0);
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("a first content that is refused is the end with 1", () => {
  const story = new Stepping(VETTED);
  story.send({ kind: "begin" });
  assert.deepEqual(story.look(1), ["vet 1"]);
  story.verdict("rejected");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("a first content that is refused is used with --check-at-start warn", () => {
  const story = new Stepping({ ...QUICK, vetting: { atStart: "warn" } });
  story.send({ kind: "begin" });
  story.look(1);
  assert.deepEqual(story.verdict("rejected"), ["spawn 1 on 1"]);
});

Deno.test("a child is started on the content that was approved, whatever the paths hold", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.end(1)[0], "spawn 2 on 2");
});

Deno.test("changes that are held back wait for resume", () => {
  const story = Stepping.ready(VETTED, 1);
  story.send({ kind: "hold" });
  assert.deepEqual(story.change(2), []);
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 2"]);
});

Deno.test("changes held back while content is vetted are not applied", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.send({ kind: "hold" });
  assert.deepEqual(story.verdict("approved"), []);
  assert.equal(story.kind, "running");
  assert.notDeepEqual(story.send({ kind: "resume" }), []);
});

Deno.test("a second reload waits for --min-interval", () => {
  const policy = { ...QUICK, minIntervalMs: 10_000, onChange: SIGNAL };
  const story = Stepping.ready(policy, 1);
  assert.deepEqual(story.change(2), ["SIGUSR2 1"]);
  story.now += 4_000;
  assert.deepEqual(story.change(3), ["timer defer"]);
  story.now += 6_000;
  assert.deepEqual(story.timer("defer"), ["SIGUSR2 1"]);
});

Deno.test("a reload waits for this replica's share of --splay, however it moves", () => {
  const story = Stepping.ready({ ...QUICK, splayMs: 3_000 }, 1);
  assert.deepEqual(story.change(2), ["timer defer"]);
  story.now += 2_000;
  assert.deepEqual(story.change(3), ["timer defer"]);
  story.now += 1_000;
  assert.deepEqual(story.timer("defer"), ["SIGTERM 1", "timer stop"]);
});

Deno.test("a change that went back while it waited its turn is none", () => {
  const story = Stepping.ready({ ...QUICK, splayMs: 3_000 }, 1);
  story.change(2);
  assert.deepEqual(story.change(1), []);
  assert.deepEqual(story.timer("defer"), []);
});

Deno.test("a child that may have read other content is restarted although the change goes back", () => {
  const story = new Stepping({ ...QUICK, splayMs: 3_000 });
  story.send({ kind: "begin" });
  story.look(1);
  // The first look after the start finds other content than the one before it.
  assert.deepEqual(story.change(2), ["timer defer"]);
  assert.deepEqual(story.change(1), ["timer defer"]);
  story.now += 3_000;
  assert.deepEqual(story.timer("defer"), ["SIGTERM 1", "timer stop"]);
});

/** Child 1 on content 1 of every path is gone, to be followed by one on content 2. */
function between(configs = QUICK.configs): Stepping {
  const policy = { ...QUICK, configs, debounceMs: 500, debounceMaxMs: 5_000 };
  const all = (content: number) => configs.map(() => content);
  const story = Stepping.ready(policy, ...all(1));
  story.look(...all(2));
  story.now += 500;
  assert.deepEqual(story.look(...all(2)), ["SIGTERM 1", "timer stop"]);
  story.now += 10;
  story.end(1);
  assert.equal(story.kind, "preparing");
  return story;
}

Deno.test("what was confirmed is used at once when the old child is gone", () => {
  assert.equal(between().look(2)[0], "spawn 2 on 2");
});

Deno.test("content that moved while the old child stopped comes to rest first", () => {
  const story = between();
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("a large file that grows, or moves while it is read, gets one window before a start", () => {
  for (const identity of [undefined, "provisional:"]) {
    const story = between();
    const print = (at: number) => ({
      ...holding(3)[0],
      identity: identity === undefined ? `${at}` : `${identity}${at}`,
      size: 2 ** 21 + at,
    } as PathPrint);
    let words: string[] = [];
    const from = story.now;
    while (!words.some((word) => word.startsWith("spawn"))) {
      words = story.find(print(story.now));
      assert.ok(story.now - from <= 500, `${story.now - from} ms`);
      story.now += 100;
    }
  }
});

Deno.test("content that went back to what was confirmed is used at once", () => {
  const story = between();
  story.look(3);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("content that was confirmed although it never rested is not waited for, unless it is empty", () => {
  const policy = { ...QUICK, debounceMs: 500, debounceMaxMs: 1_000 };
  const story = Stepping.ready(policy, 1);
  for (const content of [2, 3, 4]) {
    story.look(content);
    story.now += 400;
  }
  assert.deepEqual(story.look(5), ["SIGTERM 1", "timer stop"]);
  story.end(1);
  assert.equal(story.look(6)[0], "spawn 2 on 6");
});

Deno.test("content that never rests is not waited for longer than that: no child runs", () => {
  const story = between();
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 400;
  assert.deepEqual(story.look(4), ["timer look"]);
  story.now += 100;
  assert.equal(story.look(5)[0], "spawn 2 on 5");
});

Deno.test("a path that is gone when the next child is due is waited for as long", () => {
  const story = between();
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 4_999;
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(undefined)[0], "spawn 2 on -");
});

const EMPTY = { ...holding(0)[0], size: 0 } as PathPrint;
const HINT = { kind: "hint", cause: "event" } as const;

Deno.test("what a start waits for is looked at as soon as something hints at it", () => {
  const story = between();
  // A look is under way, and the next child's first one verifies it.
  story.send(HINT);
  assert.deepEqual(story.effects, []);
  assert.deepEqual(story.find(EMPTY), ["timer look"]);
  story.send(HINT);
  // Not at the content: a large file that is written all the time would be read all the time.
  assert.deepEqual(story.effects, [
    { kind: "look", depth: "metadata", cause: "event" },
  ]);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("an empty file that is filled before a start comes to rest first, however long it was empty", () => {
  for (const emptyMs of [1, 499, 501, 4_999]) {
    const story = between();
    assert.deepEqual(story.find(EMPTY), ["timer look"]);
    story.now += emptyMs;
    assert.deepEqual(story.look(3), ["timer look"], `${emptyMs} ms`);
    story.now += 499;
    assert.deepEqual(story.look(3), ["timer look"], `${emptyMs} ms`);
    story.now += 1;
    assert.equal(story.look(3)[0], "spawn 2 on 3", `${emptyMs} ms`);
  }
});

Deno.test("a file that was empty, and is missing before a start, gets its window when it is filled", () => {
  const policy = { ...QUICK, debounceMs: 500, debounceMaxMs: 5_000 };
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.find(EMPTY);
  story.find(EMPTY);
  story.now += 60_000;
  story.send({ kind: "restart" });
  story.end(1);
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("a file that is emptied again and again holds up a start for one window more than an empty one", () => {
  const story = between();
  const from = story.now;
  let spawned: string | undefined;
  for (let count = 0; spawned === undefined; count++) {
    const words = count % 2 === 0 ? story.find(EMPTY) : story.look(3 + count);
    spawned = words.find((word) => word.startsWith("spawn"));
    if (spawned === undefined) story.now += 90;
    assert.ok(story.now - from <= 5_500, `${story.now - from} ms`);
  }
  assert.ok(story.now - from >= 5_000, `${story.now - from} ms`);
});

Deno.test("a start waits for an empty file although another one grows", () => {
  const configs = ["/c", "/large"].map((path) => ({ path, named: true }));
  const story = between(configs);
  const large = (at: number) =>
    ({ ...holding(0, at)[1], size: 2 ** 21 + at }) as PathPrint;
  assert.deepEqual(story.find(EMPTY, large(0)), ["timer look"]);
  for (let waitedMs = 250; waitedMs < 5_000; waitedMs += 250) {
    story.now += 250;
    assert.deepEqual(
      story.find(EMPTY, large(Math.min(waitedMs, 2_000))),
      ["timer look"],
      `${waitedMs} ms`,
    );
  }
});

Deno.test("SIGTERM ends the wait for content to rest with 0", () => {
  const story = between();
  story.look(3);
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("during the pause after a crash only content that moves is a cure, when it rests", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...QUICK, debounceMs: 500, crash }, 1);
  story.end(1, 1);
  // The child has written its own configuration before it ended.
  assert.deepEqual(story.look(2), []);
  story.now += 100;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 1;
  story.look(3);
  assert.equal(story.look(3)[0], "spawn 2 on 3");
  assert.equal(story.model.reloads, 1);
});

Deno.test("a cure waits for its turn, but not beyond the pause", () => {
  const crash = {
    ...QUICK.crash,
    restart: "always",
    backoffFirstMs: 10_000,
    backoffMaxMs: 10_000,
  } as const;
  const policy = { ...QUICK, crash, minIntervalMs: 3_000 };
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.end(1);
  story.look(2);
  story.end(2, 1);
  story.look(2);
  assert.deepEqual(story.change(3), ["timer retry"]);
  story.now += 3_000;
  story.timer("retry");
  assert.equal(story.look(3)[0], "spawn 3 on 3");
});

Deno.test("a cure whose turn comes after the pause leaves the next child on the copy", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const policy = { ...SAFE, crash, minIntervalMs: 3_600_000 };
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.send({ kind: "ready", run: 2 });
  story.end(2, 1);
  story.look(2);
  story.change(3);
  assert.equal(story.timer("retry")[0], "spawn 3 on 2");
  assert.deepEqual(story.change(3), ["timer defer"]);
});

Deno.test("the first request to stop gives the rest of the group its time", () => {
  const story = Stepping.ready(QUICK, 1);
  const status = { kind: "code", code: 3 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  assert.deepEqual(story.signal("SIGTERM"), []);
  assert.deepEqual(story.signal("SIGTERM").slice(0, 1), ["SIGKILL 1"]);
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.deepEqual(story.model.state, { kind: "done", code: 3 });
});

Deno.test("content that a child cannot be started on is taken back", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.refusing = true;
  story.end(1);
  for (let attempt = 0; attempt < 4; attempt++) story.timer("retry");
  story.refusing = false;
  assert.equal(story.kind, "retrying");
  // The last attempt fails as well.
  story.refusing = true;
  const words = story.timer("retry");
  assert.ok(words.includes("spawn 3 on 1"), words.join());
});

Deno.test("an action that is done gives the child the content", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  assert.deepEqual(story.change(2), ["act on 2"]);
  story.acted("done");
  assert.equal(story.baseline, "2");
});

Deno.test("an action that fails leaves the content alone until it changes", () => {
  const story = Stepping.ready({ ...SAFE, onChange: EXEC }, 1);
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  assert.deepEqual(story.acted("failed"), ["activate 1"]);
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("a signal is not sent for content that the child cannot find, and is tried again", () => {
  const onChange = { kind: "signal", signal: "SIGUSR2" } as const;
  const story = Stepping.ready({ ...SAFE, onChange }, 1);
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.acted("unswitched"), ["timer defer"]);
  assert.equal(story.baseline, "1");
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  assert.deepEqual(story.acted("done"), ["SIGUSR2 1", "timer ready"]);
  assert.equal(story.baseline, "2");
});

Deno.test("content that moves during an action waits for its end", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  story.change(2);
  const { ticket } = story.model;
  assert.deepEqual(story.change(3), []);
  const outcome = { kind: "done" } as const;
  story.send({ kind: "acted", ticket, outcome });
  assert.deepEqual(story.change(3), ["act on 3"]);
});

Deno.test("a change that asks for nothing only counts", () => {
  const story = Stepping.ready({ ...QUICK, onChange: { kind: "none" } }, 1);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.reloads, 1);
  assert.equal(story.baseline, "2");
});

Deno.test("the end of the wait for dependencies is the end with 1", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  const words = story.send({ kind: "begin" });
  assert.deepEqual(words, ["awaitDependencies", "timer await"]);
  story.timer("await");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("SIGTERM ends the wait for dependencies with 0", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  story.send({ kind: "begin" });
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
  assert.deepEqual(story.send({ kind: "available" }), []);
});

Deno.test("SIGTERM ends the check of the first content with 0", () => {
  const story = new Stepping(VETTED);
  story.send({ kind: "begin" });
  story.look(1);
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("a child is drained before it is stopped; a second SIGTERM is urgent", () => {
  const story = Stepping.ready({ ...QUICK, drainDelayMs: 500 }, 1);
  assert.deepEqual(story.signal("SIGTERM"), ["timer drain"]);
  assert.deepEqual(story.signal("SIGTERM"), ["SIGTERM 1", "timer stop"]);
});
