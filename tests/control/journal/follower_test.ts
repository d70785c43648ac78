/** Which reload a line of the log is part of. */
import assert from "node:assert/strict";
import { Follower } from "../../../src/control/journal/follower.ts";
import { Recorder } from "../../../src/control/journal/recorder.ts";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { SIGNED, Story, VETTED } from "./story.ts";

/** For each step its event, and the reload while its effects are performed and after them. */
function followed(story: Story): string[] {
  const follower = new Follower({
    recorder: new Recorder(story.journal.watched),
    onFault: (error) => assert.fail(String(error)),
  });
  return story.steps.map((taken) => {
    follower.onDecided(taken);
    const during = follower.reload?.id ?? "-";
    follower.onPerformed();
    return `${taken.event.kind} ${during} ${follower.reload?.id ?? "-"}`;
  });
}

const since = (lines: readonly string[], first: string) =>
  lines.slice(lines.findIndex((line) => line.startsWith(first)));

Deno.test("follower: the number holds from the look that finds the change to the sign, and in that step still", () => {
  const story = Story.ready({ ...SIGNED, drainDelayMs: 2_000 }, 1);
  story.send({ kind: "hint", cause: "event" });
  story.wait(3).look(2);
  story.wait(500).look(2);
  story.wait(2_000).timer("drain");
  story.wait(40).end(1);
  story.wait(7).look(2);
  story.wait(60).send({ kind: "ready", run: 2 });
  story.send({ kind: "signal", signal: "SIGHUP" });
  const lines = followed(story);
  assert.deepEqual(since(lines, "hint").filter((line) => !/ 1 1$/.test(line)), [
    "hint - -",
    "ready 1 -",
    "signal - -",
  ]);
});

Deno.test("follower: a reload that is over in one step has its number there", () => {
  const NONE: Action = { kind: "none" };
  const story = Story.ready({ ...QUICK, onChange: NONE }, 1);
  story.change(2);
  assert.equal(story.journal.lastReloadId, 1);
  assert.ok(followed(story).includes("observed 1 -"));
});

Deno.test("follower: two reloads have two numbers, and the numbers are those of the journal of the endpoint", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.refuse("bad");
  story.change(3);
  const lines = followed(story);
  assert.equal(story.journal.lastReloadId, 2);
  assert.ok(lines.includes("vetted 1 -"), lines.join("\n"));
  assert.match(lines.at(-1) ?? "", / 2 2$/);
});

Deno.test("follower: a rejection is of its own reload, although the child of the one before is not ready yet", () => {
  const story = Story.ready({ ...VETTED, ready: SIGNED.ready }, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  story.change(3);
  story.refuse("bad");
  const { current, reloads } = story.journal;
  assert.deepEqual([current?.id, reloads.at(-1)?.id], [1, 2]);
  assert.equal(followed(story).at(-1), "vetted 2 1");
});

Deno.test("follower: a fault of ours is told once, is no bug of the manager, and nothing is followed since", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  const faults: unknown[] = [];
  const follower = new Follower({
    recorder: new Recorder(story.journal.watched),
    onChange: () => {
      throw new Error("ours");
    },
    onFault: (error) => faults.push(error),
  });
  for (const taken of story.steps) follower.onDecided(taken);
  assert.equal(faults.length, 1);
  assert.equal(follower.reload, undefined);
});
