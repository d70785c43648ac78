/** When a child may be started on content that has changed. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { holding, QUICK, Stepping } from "../../simulation/stepping.ts";

const EMPTY = { ...holding(0)[0], size: 0 } as PathPrint;

/** Child 1 on content 1 of every path is gone, to be followed by one on content 2. */
function between(configs = QUICK.configs): Stepping {
  const policy = { ...QUICK, configs, debounceMs: 500, debounceMaxMs: 5_000 };
  const all = (content: number) => configs.map(() => content);
  const story = Stepping.ready(policy, ...all(1));
  story.look(...all(2));
  story.now += 500;
  assert.deepEqual(story.look(...all(2)), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
  story.now += 10;
  story.end(1);
  assert.equal(story.kind, "preparing");
  return story;
}

Deno.test("wait_before_start: what was confirmed is used at once when the old child is gone", () => {
  assert.equal(between().look(2)[0], "spawn 2 on 2");
});

Deno.test("wait_before_start: content that moved while the old child stopped comes to rest first", () => {
  const story = between();
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("wait_before_start: a large file that grows, or moves while it is read, gets one window before a start", () => {
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

Deno.test("wait_before_start: content that went back to what was confirmed is used at once", () => {
  const story = between();
  story.look(3);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
});

Deno.test("wait_before_start: content that was confirmed although it never rested is not waited for, unless it is empty", () => {
  const policy = { ...QUICK, debounceMs: 500, debounceMaxMs: 1_000 };
  const story = Stepping.ready(policy, 1);
  for (const content of [2, 3, 4]) {
    story.look(content);
    story.now += 400;
  }
  assert.deepEqual(story.look(5), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
  story.end(1);
  assert.equal(story.look(6)[0], "spawn 2 on 6");
});

Deno.test("wait_before_start: content that never rests is not waited for longer than that: no child runs", () => {
  const story = between();
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 400;
  assert.deepEqual(story.look(4), ["timer look"]);
  story.now += 100;
  assert.equal(story.look(5)[0], "spawn 2 on 5");
});

Deno.test("wait_before_start: a path that is gone when the next child is due is waited for as long", () => {
  const story = between();
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 4_999;
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(undefined)[0], "spawn 2 on -");
});

Deno.test("wait_before_start: an empty file that is filled before a start comes to rest first, however long it was empty", () => {
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

Deno.test("wait_before_start: a file that was empty, and is missing before a start, gets its window when it is filled", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const policy = { ...QUICK, crash, debounceMs: 500, debounceMaxMs: 5_000 };
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.find(EMPTY);
  story.find(EMPTY);
  story.now += 60_000;
  story.end(1);
  story.timer("retry");
  assert.deepEqual(story.look(undefined), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 499;
  assert.deepEqual(story.look(3), ["timer look"]);
  story.now += 1;
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("wait_before_start: a file that is emptied again and again holds up a start for one window more than an empty one", () => {
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

Deno.test("wait_before_start: a start waits for an empty file although another one grows", () => {
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
