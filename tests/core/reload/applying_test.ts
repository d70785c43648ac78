/** Accepted content is put into effect by a restart or by an action. */
import assert from "node:assert/strict";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const EXEC: Action = { kind: "exec", argv: ["apply"] };

Deno.test("applying: a child is started on the content that was approved, whatever the paths hold", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.end(1)[0], "spawn 2 on 2");
});

Deno.test("applying: an action that is done gives the child the content", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  assert.deepEqual(story.change(2), ["act on 2"]);
  story.acted("done");
  assert.equal(story.baseline, "2");
});

Deno.test("applying: an action that fails leaves the content alone until it changes", () => {
  const story = Stepping.ready({ ...SAFE, onChange: EXEC }, 1);
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  assert.deepEqual(story.acted("failed"), [], "the host has switched back");
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("applying: a signal is not sent for content that the child cannot find, and is tried again", () => {
  const onChange = { kind: "signal", signal: "SIGUSR2" } as const;
  const story = Stepping.ready({ ...SAFE, onChange }, 1);
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.acted("unswitched"), ["timer defer"]);
  assert.equal(story.baseline, "1");
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  const words = story.acted("done");
  assert.deepEqual(words, ["activate 2", "SIGUSR2 1", "timer ready"]);
  assert.equal(story.baseline, "2");
});

Deno.test("applying: content that moves during an action waits for its end", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  story.change(2);
  const { ticket } = story.model;
  assert.deepEqual(story.change(3), []);
  const outcome = { kind: "done" } as const;
  story.send({ kind: "acted", ticket, outcome });
  assert.deepEqual(story.change(3), ["act on 3"]);
});

Deno.test("applying: a change that asks for nothing only counts", () => {
  const story = Stepping.ready({ ...QUICK, onChange: { kind: "none" } }, 1);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.reloads, 1);
  assert.equal(story.baseline, "2");
});
