/** Reloads without a restart. */
import assert from "node:assert/strict";
import type { Action } from "../../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE } from "../../../simulation/stepping.ts";
import { Story } from "../story.ts";

const SIGNAL: Action = { kind: "signal", signal: "SIGHUP" };
const HTTP: Action = { kind: "http", method: "POST", url: "http://localhost/" };
const EXEC: Action = { kind: "exec", argv: ["reload"] };
const NONE: Action = { kind: "none" };

for (
  const [name, onChange, phases] of [
    ["signal", SIGNAL, []],
    ["none", NONE, []],
    ["http", HTTP, ["act 30"]],
    ["exec", EXEC, ["act 30"]],
  ] as const
) {
  Deno.test(`told: the action ${name} leaves the child running`, () => {
    const story = Story.ready({ ...QUICK, onChange }, 1);
    story.change(2);
    story.wait(30);
    if (name === "http" || name === "exec") story.acted("done");
    assert.deepEqual(story.told, [`1 config applied ${name}`]);
    assert.deepEqual(story.phases, phases);
    assert.equal(story.journal.reloads[0].downtimeMs, undefined);
    assert.deepEqual(story.journal.signalsForwarded, {});
  });
}

Deno.test("told: an action that fails is told with why, and tried again as a reload of its own", () => {
  const retryRejected = { firstMs: 10_000, maxMs: 10_000 };
  const story = Story.ready({ ...QUICK, onChange: HTTP, retryRejected }, 1);
  story.change(2);
  story.acted("failed");
  assert.deepEqual(story.told, ["1 config failed http"]);
  assert.equal(story.journal.reloads[0].detail, "bad");
  assert.equal(story.journal.lastReloadSucceeded, false);
  story.wait(10_000).timer("defer");
  story.acted("done");
  assert.deepEqual(story.told.at(-1), "2 retry applied http");
  assert.equal(story.journal.lastReloadSucceeded, true);
});

Deno.test("told: the child that a signal has told of saved content must keep running on it", () => {
  const policy = { ...SAFE, onChange: SIGNAL };
  const story = Story.ready(policy, 1);
  story.change(2);
  story.wait(20).verdict("approved");
  story.acted("done");
  assert.deepEqual(story.told, ["1 config signal"]);
  story.wait(5_000).timer("ready");
  assert.deepEqual(story.told, ["1 config applied signal"]);
  assert.deepEqual(story.phases, [
    "check 20",
    "act 0",
    "ready 5000",
  ]);
});

Deno.test("told: content that is put into effect at once supersedes what waited", () => {
  const story = new Story({ ...QUICK, onChange: SIGNAL });
  story.send({ kind: "begin" });
  story.look(1);
  story.look(1);
  story.look(2);
  story.wait(1_000).look(3);
  assert.deepEqual(story.told, [
    "1 config superseded",
    "2 config applied signal",
  ]);
});
