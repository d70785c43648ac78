/** What follows when a child cannot be started. */
import assert from "node:assert/strict";
import { step } from "../../../src/core/step.ts";
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

Deno.test("spawning: a stop gives up a start whose copy is still being read, without an error", () => {
  const story = new Stepping(SAFE);
  story.send({ kind: "begin" });
  story.look(1);
  // The host has not answered the spawn yet.
  const approved = step(story.model, {
    kind: "vetted",
    ticket: story.model.ticket,
    verdict: { kind: "approved" },
    at: 0,
  }, SAFE);
  const asked = step(approved.model, {
    kind: "signal",
    signal: "SIGTERM",
    at: 0,
  }, SAFE);
  assert.ok(asked.effects.some(({ kind }) => kind === "cancel"));
  const failure = { kind: "withdrawn", detail: "" } as const;
  const run = asked.model.runs;
  const { model, effects } = step(asked.model, {
    kind: "spawnFailed",
    run,
    failure,
    at: 0,
  }, SAFE);
  assert.deepEqual(model.state, { kind: "done", code: 0 });
  const levels = effects.map((one) =>
    one.kind === "log" ? one.message.level : undefined
  );
  assert.ok(!levels.includes("error"));
});
