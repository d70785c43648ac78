/** The drain delay before the stop signal. */
import assert from "node:assert/strict";
import { QUICK, Stepping } from "../../simulation/stepping.ts";

Deno.test("draining: a child is drained before it is stopped; a second SIGTERM is urgent", () => {
  const story = Stepping.ready({ ...QUICK, drainDelayMs: 500 }, 1);
  assert.deepEqual(story.signal("SIGTERM"), ["timer drain"]);
  assert.deepEqual(story.signal("SIGTERM"), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
});
