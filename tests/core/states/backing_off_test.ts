/** The pause after a child that ended by itself. */
import assert from "node:assert/strict";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

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
