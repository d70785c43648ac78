/** How reloads end that put nothing into effect. */
import assert from "node:assert/strict";
import { FLEET, holding, QUICK, SAFE } from "../../../simulation/stepping.ts";
import {
  phasesOf,
  REFUSED,
  SIGNED,
  Story,
  TURNS,
  VETTED,
  WINDOW,
} from "../story.ts";

Deno.test("endings: content that its check refuses is rejected with the check's words", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.wait(80).verdict("rejected");
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.deepEqual(story.phases, ["check 80"]);
  assert.equal(story.journal.reloads[0].detail, "bad");
  assert.equal(story.journal.lastReloadSucceeded, false);
  assert.equal(story.journal.lastError?.type, "rejected");
});

Deno.test("endings: when the paths hold the child's content again, the refused one matters no more", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  story.change(1);
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.equal(story.journal.lastReloadSucceeded, true);
  assert.equal(story.journal.lastSuccessAt, undefined);
});

Deno.test("endings: when a later child was started on good content, the refused one matters no more", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("rejected");
  story.send({ kind: "stopChild" });
  story.wait(10).end(1);
  story.look(3);
  story.send({ kind: "startChild" });
  story.look(3);
  assert.equal(story.journal.lastReloadSucceeded, false);
  story.wait(10).verdict("approved");
  story.wait(10).look(3);
  story.look(3);
  assert.equal(story.kind, "running");
  assert.equal(story.journal.lastReloadSucceeded, true);
  assert.deepEqual(story.told, ["1 config rejected"]);
});

Deno.test("endings: content that goes back within the quiet window is reverted", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.wait(100).look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
  assert.equal(story.journal.lastReloadSucceeded, undefined);
});

Deno.test("endings: content that has moved before its check is looked at again, in the same reload", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  assert.deepEqual(story.told, ["1 config"]);
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.told, ["1 config restart"]);
  assert.deepEqual(phasesOf(story.journal.current).at(-1), "stop");
});

Deno.test("endings: content that has moved and is found to be the child's was reverted", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.verdict("moved");
  story.look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
});

Deno.test("endings: a look from before content had moved does not tell what became of it", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  story.wait(5).verdict("moved");
  const { now } = story;
  const observation = {
    at: now,
    fingerprint: holding(1),
    depth: "content",
    cause: "event",
    unread: [],
  } as const;
  story.send({ kind: "observed", startedAt: now - 1, observation });
  assert.deepEqual(story.told, ["1 config"]);
  story.look(1);
  assert.deepEqual(story.told, ["1 config reverted"]);
});

Deno.test("endings: a child is started on refused content where there is no other, which the outcome says", () => {
  const story = Story.ready(VETTED, 1);
  story.look(2);
  story.verdict("approved");
  story.end(1);
  story.look(3);
  story.verdict("rejected");
  assert.deepEqual(story.told, ["1 config rejected restart"]);
  assert.equal(story.kind, "running");
});

Deno.test("endings: what a later check approves is not rejected any more", () => {
  const story = Story.ready(VETTED, 1);
  story.look(2);
  story.verdict("approved");
  story.end(1);
  story.look(3);
  story.refusing = true;
  story.verdict("rejected");
  assert.equal(story.journal.current?.decided, "rejected");
  story.refusing = false;
  story.wait(100).timer("retry");
  story.look(3);
  story.verdict("approved");
  assert.deepEqual(story.told, ["1 config applied restart"]);
  assert.equal(story.journal.reloads[0].detail, undefined);
});

Deno.test("endings: a stop during a reload interrupts it", () => {
  const story = Story.ready(SIGNED, 1);
  story.look(2);
  story.wait(500).look(2);
  story.wait(10).signal("SIGTERM");
  assert.deepEqual(story.told, ["1 config interrupted restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the manager was asked to stop by SIGTERM",
  );
});

Deno.test("endings: a stop while the next child is started interrupts the reload", () => {
  const story = Story.ready(QUICK, 1);
  story.change(2);
  story.slow = true;
  story.end(1);
  story.look(2);
  story.signal("SIGTERM");
  const failure = { kind: "withdrawn", detail: "withdrawn" } as const;
  story.send({ kind: "spawnFailed", run: 2, failure });
  assert.deepEqual(story.told, ["1 config interrupted restart"]);
});

Deno.test("endings: a crash during the quiet window interrupts the reload", () => {
  const story = Story.ready({ ...QUICK, ...WINDOW }, 1);
  story.look(2);
  story.wait(10).end(1, 3);
  assert.deepEqual(story.told, ["1 config interrupted"]);
});

Deno.test("endings: content that the fleet has refused is rejected, with who has tried it", () => {
  const story = Story.ready(TURNS, 1);
  story.change(2);
  story.wait(70_000).slot(REFUSED);
  assert.deepEqual(story.told, ["1 config rejected"]);
  assert.deepEqual(story.phases, ["fleet 70000"]);
  const [{ detail }] = story.journal.reloads;
  assert.equal(detail, "rejected by the fleet: rolled back at web-0");
});

Deno.test("endings: what the fleet has refused before is tried again as a reload of its own", () => {
  const story = Story.ready(TURNS, 1);
  story.change(2);
  story.slot(REFUSED);
  story.wait(60_000).timer("defer");
  story.wait(10).slot({ kind: "slotTaken", isTrial: true });
  story.end(1);
  story.look(2);
  story.wait(30_000).timer("ready");
  assert.deepEqual(story.told, [
    "1 config rejected",
    "2 retry applied restart",
  ]);
});

Deno.test("endings: a reload that tries content for the fleet is over when its soak is, and a child that ends before that is rolled back", () => {
  const story = Story.ready({ ...SAFE, fleet: FLEET }, 1);
  story.change(2);
  story.slot({ kind: "slotTaken", isTrial: true });
  story.verdict("approved");
  story.end(1);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.told, ["1 config restart"]);
  story.wait(10_000).end(2, 3);
  story.send({ kind: "ready", run: 3 });
  assert.deepEqual(story.told, ["1 config rolled_back restart"]);
  const [{ detail }] = story.journal.reloads;
  assert.equal(detail, "the child ended by itself: exit status 3");
});
