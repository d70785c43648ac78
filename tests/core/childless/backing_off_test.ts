/** The pause after a child that ended by itself. */
import assert from "node:assert/strict";
import { provisionalIdentity } from "../../../src/core/vocabulary/fingerprint.ts";
import {
  FLEET,
  holding,
  QUICK,
  SAFE,
  Stepping,
} from "../../simulation/stepping.ts";
import { file } from "../change/observations.ts";

Deno.test("backing_off: during the pause after a crash only content that moves is a cure, when it rests", () => {
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

Deno.test("backing_off: content that is written while --after-exit runs is a cure too, and what the child has left is none", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const afterExit = { command: ["hook"], timeoutMs: 10_000 } as const;
  const story = Stepping.ready({ ...QUICK, crash, afterExit }, 1);
  const status = { kind: "code", code: 1 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.look(2);
  story.send({ kind: "groupProbed", run: 1, alive: false });
  story.look(3);
  assert.deepEqual(story.hook("done"), ["timer retry"]);
  assert.deepEqual(story.look(2), []);
  story.look(3);
  assert.equal(story.look(3)[0], "spawn 2 on 3");
});

Deno.test("backing_off: a look that began before the child ended does not tell what it has left", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...QUICK, crash }, 1);
  const before = story.now;
  story.now += 100;
  const status = { kind: "code", code: 1 } as const;
  story.send({ kind: "exited", run: 1, status });
  story.observe(holding(1), [], before);
  story.look(2);
  story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.deepEqual(story.change(2), []);
});

Deno.test("backing_off: a cure waits for its turn, but not beyond the pause", () => {
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

Deno.test("backing_off: a cure whose turn comes after the pause leaves the next child on the copy", () => {
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

for (const read of ["after the pause", "during the pause"] as const) {
  Deno.test(`backing_off: content that the check refused is not checked again where it is written anew and read ${read}`, () => {
    const crash = { ...QUICK.crash, restart: "always" } as const;
    const story = new Stepping({ ...SAFE, crash });
    const rewritten = (mtimeMs: number) => file("2", 10, mtimeMs);
    const unread = { ...rewritten(1), identity: provisionalIdentity("2") };
    story.send({ kind: "begin" });
    story.find(file("1"));
    story.verdict("approved");
    story.send({ kind: "ready", run: 1 });
    story.now = 1_000;
    assert.deepEqual(story.find(file("2")), ["vet 2"]);
    story.verdict("rejected");
    story.end(1, 1);
    story.observe([unread], [0]);
    if (read === "during the pause") {
      story.find(rewritten(2));
      assert.deepEqual(story.find(rewritten(2)), []);
    }
    story.now = 3_000;
    assert.equal(story.timer("retry")[0], "spawn 2 on 1");
    const seen = [story.find(rewritten(2)), story.find(rewritten(2))];
    assert.deepEqual(seen.flat(), []);
    // Other content is a change as ever.
    assert.deepEqual(story.change(3), ["vet 3"]);
  });
}

Deno.test("backing_off: content that the fleet has refused is not used before the fleet was asked again", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...SAFE, crash, fleet: FLEET }, 1);
  story.change(2);
  const { ticket } = story.model;
  story.send({ kind: "slotRefused", ticket, by: "web-1", why: "rolled back" });
  story.now += 59_999;
  story.end(1, 1);
  story.look(2);
  story.now += 60_000;
  assert.equal(story.timer("retry")[0], "spawn 2 on 1");
});
