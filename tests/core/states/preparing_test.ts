/** A look at the paths finds what the next child is started on. */
import assert from "node:assert/strict";
import type { PathPrint } from "../../../src/core/vocabulary/fingerprint.ts";
import { holding, QUICK, Stepping } from "../../simulation/stepping.ts";

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
