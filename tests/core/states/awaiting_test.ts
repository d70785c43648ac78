/** The wait for what `--wait-for` names. */
import assert from "node:assert/strict";
import { QUICK, Stepping } from "../../simulation/stepping.ts";

Deno.test("awaiting: the end of the wait for dependencies is the end with 1", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  const words = story.send({ kind: "begin" });
  assert.deepEqual(words, ["awaitDependencies", "timer await"]);
  assert.deepEqual(story.timer("await"), ["askDependencies"]);
  story.send({ kind: "unavailable" });
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("awaiting: what the last look finds is in time", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  story.send({ kind: "begin" });
  story.timer("await");
  story.send({ kind: "available" });
  assert.equal(story.kind, "preparing");
});

Deno.test("awaiting: SIGTERM ends the wait for dependencies with 0", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  story.send({ kind: "begin" });
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
  assert.deepEqual(story.send({ kind: "available" }), []);
});
