/** A candidate waits for its turn and is vetted before it is used. */
import assert from "node:assert/strict";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const VETTED = { ...QUICK, vetting: { atStart: "fail" } } as const;
const SIGNAL: Action = { kind: "signal", signal: "SIGUSR2" };

Deno.test("confirmed_change: content is vetted before the child is touched", () => {
  const story = Stepping.ready(VETTED, 1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
});

Deno.test("confirmed_change: refused content leaves the child alone until it changes again", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  assert.deepEqual(story.verdict("rejected"), []);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.rejections, 1);
  assert.deepEqual(story.change(3), ["vet 3"]);
});

Deno.test("confirmed_change: good, bad, good again: there is nothing to do", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  assert.deepEqual(story.change(1), []);
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("confirmed_change: content that moves while it is vetted is given up", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  const ticket = story.model.ticket;
  assert.deepEqual(story.change(3), ["vet 3"]);
  const verdict = { kind: "approved" } as const;
  assert.deepEqual(story.send({ kind: "vetted", ticket, verdict }), []);
});

Deno.test("confirmed_change: content that moved before it was vetted is looked at again", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  assert.deepEqual(story.effects.map(({ kind }) => kind), ["look"]);
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("confirmed_change: what could not be saved is tried again", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  assert.deepEqual(story.verdict("unsaved"), ["timer defer"]);
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.equal(story.model.rejections, 0);
});

Deno.test("confirmed_change: what could not be saved at once is still the child's answer to what it was told before", () => {
  const onChange = { kind: "signal", signal: "SIGUSR2" } as const;
  const story = Stepping.ready({ ...SAFE, onChange }, 1);
  story.change(2);
  story.verdict("approved");
  story.acted("done");
  story.now += 20;
  story.change(3);
  story.verdict("unsaved");
  story.now += 30_000;
  story.timer("defer");
  assert.deepEqual(story.verdict("approved"), ["act on 3"]);
  assert.deepEqual(story.model.feedback, { distanceMs: 20, reloads: 1 });
});

Deno.test("confirmed_change: changes that are held back wait for resume", () => {
  const story = Stepping.ready(VETTED, 1);
  story.hold();
  assert.deepEqual(story.change(2), []);
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 2"]);
});

Deno.test("confirmed_change: changes held back while content is vetted are not applied", () => {
  const story = Stepping.ready(VETTED, 1);
  story.change(2);
  story.hold();
  assert.deepEqual(story.verdict("approved"), []);
  assert.equal(story.kind, "running");
  assert.notDeepEqual(story.send({ kind: "resume" }), []);
});

Deno.test("confirmed_change: a second reload waits for --min-interval", () => {
  const policy = { ...QUICK, minIntervalMs: 10_000, onChange: SIGNAL };
  const story = Stepping.ready(policy, 1);
  assert.deepEqual(story.change(2), ["SIGUSR2 1"]);
  story.now += 4_000;
  assert.deepEqual(story.change(3), ["timer defer"]);
  story.now += 6_000;
  assert.deepEqual(story.timer("defer"), ["SIGUSR2 1"]);
});

Deno.test("confirmed_change: a reload waits for this replica's share of --splay, however it moves", () => {
  const story = Stepping.ready({ ...QUICK, splayMs: 3_000 }, 1);
  assert.deepEqual(story.change(2), ["timer defer"]);
  story.now += 2_000;
  assert.deepEqual(story.change(3), ["timer defer"]);
  story.now += 1_000;
  assert.deepEqual(story.timer("defer"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
});

Deno.test("confirmed_change: a change that went back while it waited its turn is none", () => {
  const story = Stepping.ready({ ...QUICK, splayMs: 3_000 }, 1);
  story.change(2);
  assert.deepEqual(story.change(1), []);
  assert.deepEqual(story.timer("defer"), []);
});

Deno.test("confirmed_change: a child that may have read other content is restarted although the change goes back", () => {
  const story = new Stepping({ ...QUICK, splayMs: 3_000 });
  story.send({ kind: "begin" });
  story.look(1);
  // The first look after the start finds other content than the one before it.
  assert.deepEqual(story.change(2), ["timer defer"]);
  assert.deepEqual(story.change(1), ["timer defer"]);
  story.now += 3_000;
  assert.deepEqual(story.timer("defer"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
});

Deno.test("confirmed_change: content that was withdrawn is not what a start may use at once", () => {
  const window = { debounceMs: 500, debounceMaxMs: 5_000 };
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const policy = { ...QUICK, ...window, crash, splayMs: 60_000 };
  const story = Stepping.ready(policy, 1);
  story.look(2);
  story.now += 500;
  assert.deepEqual(story.look(2), ["timer defer"]);
  assert.deepEqual(story.look(1), []);
  story.end(1);
  story.timer("retry");
  // What is written now may be half of something else.
  assert.deepEqual(story.look(2), ["timer look"]);
  assert.equal(story.look(1)[0], "spawn 2 on 1");
});

Deno.test("confirmed_change: a directory with too much in it to be read is checked once, and put into effect", () => {
  const story = new Stepping(VETTED);
  const huge = (identity: string) => ({
    kind: "directory",
    identity,
    metadata: identity,
    coarse: "has more than 50,000 entries",
    dev: 1,
    ino: 1,
    size: 1,
    mtimeMs: 0,
  } as const);
  story.send({ kind: "begin" });
  story.find(huge("1"));
  story.verdict("approved");
  story.find(huge("1"));
  story.now += 60_000;
  story.find(huge("2"));
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
});
