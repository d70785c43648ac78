/** What follows when a child cannot be started. */
import assert from "node:assert/strict";
import { SAFE, Stepping } from "../../simulation/stepping.ts";

Deno.test("spawning: content that a child cannot be started on is taken back", () => {
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
