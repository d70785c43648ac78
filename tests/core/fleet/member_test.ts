/** What the other managers of a fleet are shown, and when. */
import assert from "node:assert/strict";
import { FLEET, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";
import { keyOfPrint } from "../../simulation/reloads.ts";
import type { Member } from "../../../src/core/vocabulary/member.ts";

/** `runs 1`, `runs 1, waits 2`, `runs -`. */
const wordsOf = ({ runs, next }: Member): string =>
  `runs ${runs === undefined ? "-" : keyOfPrint(runs)}${
    next === undefined ? "" : `, ${next.kind} ${keyOfPrint(next.content)}`
  }`;

/** What has been shown since the last time. */
const shown = ({ shown }: Stepping): string[] =>
  shown.splice(0, shown.length).map(wordsOf);

Deno.test("member: a reload that waits, has its turn and is over", () => {
  const story = Stepping.ready({ ...QUICK, fleet: FLEET }, 1);
  assert.deepEqual(shown(story), ["runs -", "runs 1"]);
  story.change(2);
  assert.deepEqual(shown(story), ["runs 1, waits 2"]);
  const { ticket } = story.model;
  story.send({ kind: "slotAwaited", ticket, why: "web-0 reloads (1 of 1)" });
  assert.deepEqual(shown(story), [], "why it waits is not shown");
  story.send({ kind: "slotTaken", ticket, isTrial: false });
  assert.deepEqual(shown(story), ["runs -, reloads 2"]);
  story.end(1);
  story.look(2);
  assert.deepEqual(shown(story), ["runs 2"]);
});

Deno.test("member: content that it tries for the fleet, and rejects", () => {
  const story = Stepping.ready({ ...SAFE, fleet: FLEET }, 1);
  story.change(2);
  const { ticket } = story.model;
  story.send({ kind: "slotTaken", ticket, isTrial: true });
  assert.deepEqual(shown(story), [
    "runs -",
    "runs 1",
    "runs 1, waits 2",
    "runs 1, tries 2",
  ]);
  story.verdict("rejected");
  assert.deepEqual(shown(story), ["runs 1, rejects 2"]);
  story.change(1);
  assert.deepEqual(shown(story), ["runs 1"]);
});

Deno.test("member: without a fleet nothing is shown", () => {
  const story = Stepping.ready(QUICK, 1);
  story.change(2);
  story.end(1);
  assert.deepEqual(shown(story), []);
});
