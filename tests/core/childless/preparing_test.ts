/** A look at the paths finds what the next child is started on. */
import assert from "node:assert/strict";
import {
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { holding, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const EMPTY = { ...holding(0)[0], size: 0 } as PathPrint;
const HINT = { kind: "hint", cause: "event" } as const;

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

Deno.test("preparing: what a start waits for is looked at as soon as something hints at it", () => {
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

Deno.test("preparing: SIGTERM ends the wait for content to rest with 0", () => {
  const story = between();
  story.look(3);
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

/** A look of which path 0 is still being read. */
function lookUnread(story: Stepping, bytes = 0): string[] {
  const [print] = holding(1);
  const unread = { ...print, identity: provisionalIdentity("1") } as PathPrint;
  return story.send({
    kind: "observed",
    startedAt: story.now,
    observation: {
      at: story.now,
      fingerprint: [unread],
      depth: "content",
      cause: "timer",
      unread: [{ path: 0, bytes, entries: 1 }],
    },
  });
}

Deno.test("preparing: the first start waits for what takes long to read, and no longer", () => {
  const story = new Stepping(QUICK);
  story.send({ kind: "begin" });
  assert.deepEqual(lookUnread(story), ["timer look"]);
  story.now = 499;
  assert.deepEqual(lookUnread(story), ["timer look"]);
  story.now = 500;
  assert.equal(lookUnread(story)[0], "spawn 1 on 1");
  // It is read at last, and has not changed.
  story.now = 5_000;
  assert.deepEqual(story.look(1), []);
  assert.deepEqual(story.model.lastBaseline, holding(1));
  assert.equal(story.look(2)[0], "SIGTERM 1");
});

Deno.test("preparing: what changes before it is read counts as changed", () => {
  const story = new Stepping(QUICK);
  story.send({ kind: "begin" });
  story.now = 1_000;
  assert.equal(lookUnread(story)[0], "spawn 1 on 1");
  assert.equal(story.look(2)[0], "SIGTERM 1");
});

Deno.test("preparing: content that is to be checked is waited for, and it is said how far it is", () => {
  const policy: Policy = { ...QUICK, vetting: { atStart: "fail" } };
  const story = new Stepping(policy);
  const lines = () =>
    story.logged.filter(({ text }) => text.startsWith("Waiting for the first"));
  story.send({ kind: "begin" });
  story.now = 1_000;
  assert.deepEqual(lookUnread(story, 1024), ["timer look"]);
  assert.equal(lines().length, 1);
  story.now = 2_000;
  lookUnread(story, 2048);
  assert.equal(lines().length, 0);
  story.now = 6_000;
  lookUnread(story, 1024 ** 3);
  assert.match(lines()[0].text, /1 GiB/);
  assert.deepEqual(story.look(1), ["vet 1"]);
});

/** A look at two paths of which the second is still being read. */
function lookBeside(story: Stepping, first: PathPrint): string[] {
  const [, print] = holding(1, 1);
  const unread = { ...print, identity: provisionalIdentity("1") } as PathPrint;
  return story.send({
    kind: "observed",
    startedAt: story.now,
    observation: {
      at: story.now,
      fingerprint: [first, unread],
      depth: "content",
      cause: "timer",
      unread: [{ path: 1, bytes: 0, entries: 1 }],
    },
  });
}

Deno.test("preparing: what changes whenever it is read is vetted after five seconds, what was only read meanwhile is not", () => {
  const configs = ["/c", "/d"].map((path) => ({ path, named: true }));
  const vetting = { atStart: "fail" } as const;
  const policy: Policy = { ...QUICK, configs, vetting };
  const [read] = holding(1);
  const unread = { ...read, identity: provisionalIdentity("1") } as PathPrint;
  const [other] = holding(2);
  for (const [next, expected] of [[read, "timer"], [other, "vet"]] as const) {
    const story = new Stepping(policy);
    story.send({ kind: "begin" });
    story.now = 1_000;
    lookBeside(story, unread);
    story.now = 6_000;
    const [word] = lookBeside(story, next);
    assert.equal(word.split(" ")[0], expected);
  }
});

Deno.test("preparing: of a path that is being read again, what its metadata tell is vetted", () => {
  const configs = ["/a", "/b"].map((path) => ({ path, named: true }));
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...SAFE, configs, crash }, 1, 1);
  story.change(3, 5);
  story.end(1, 1);
  story.look(3, 5);
  story.now += 3_000;
  story.timer("retry");
  assert.deepEqual(story.observe(holding(3, 5), [1]), ["vet 3,5"]);
});
