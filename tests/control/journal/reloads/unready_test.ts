/** Reloads whose child is not ready yet. */
import assert from "node:assert/strict";
import { OVERLAP, QUICK, SAFE } from "../../../simulation/stepping.ts";
import { SIGNED, Story } from "../story.ts";

Deno.test("unready: a child that fails on new content leads to a rollback, which ends when the old content has a child", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.wait(10).end(1);
  story.wait(5_000).overdue(2);
  const { current } = story.journal;
  assert.equal(current?.decided, "rolled_back");
  assert.equal(current?.outcome, undefined);
  story.wait(10).end(2);
  story.wait(40).send({ kind: "ready", run: 3 });
  assert.deepEqual(story.told, ["1 config rolled_back restart"]);
  assert.deepEqual(story.phases, [
    "check 0",
    "stop 10",
    "start 0",
    "ready 5000",
    "stop 10",
    "start 0",
    "ready 40",
  ]);
  const [reload] = story.journal.reloads;
  assert.equal(reload.detail, "the child is not ready: it gave no sign");
  assert.equal(story.journal.starts.rollback, 1);
  assert.equal(story.journal.lastError?.type, "not-ready");
});

Deno.test("unready: a child that ends before it is ready leads to a rollback that says so", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.wait(300).end(2, 78);
  story.send({ kind: "ready", run: 3 });
  const [reload] = story.journal.reloads;
  assert.equal(reload.outcome, "rolled_back");
  assert.equal(reload.detail, "the child ended by itself: exit status 78");
});

Deno.test("unready: without saved content a child that ends before it is ready has failed", () => {
  const restart = { ...QUICK.crash, restart: "always" } as const;
  const story = Story.ready({ ...SIGNED, crash: restart }, 1);
  story.look(2);
  story.wait(500).look(2);
  story.end(1);
  story.look(2);
  story.wait(300).end(2, 1);
  assert.deepEqual(story.told, ["1 config failed restart"]);
  assert.equal(
    story.journal.reloads[0].detail,
    "the child ended by itself: exit status 1",
  );
});

Deno.test("unready: new content that waits for another child's sign is told of beside it", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  story.change(3);
  assert.deepEqual(story.told, ["1 config restart", "2 config"]);
  assert.equal(story.journal.unready?.id, 1);
  story.verdict("rejected");
  assert.deepEqual(story.told, ["2 config rejected", "1 config restart"]);
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.told, [
    "1 config applied restart",
    "2 config rejected",
  ]);
});

/** A child on new content has been started, and has not given its sign yet. */
function unready(policy = SAFE): Story {
  const story = Story.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.look(2);
  return story;
}

Deno.test("unready: newer content that is put into effect supersedes what has not become ready", () => {
  const story = unready();
  story.change(3);
  story.verdict("approved");
  assert.deepEqual(story.told, [
    "1 config superseded restart",
    "2 config restart",
  ]);
});

Deno.test("unready: a rollback interrupts newer content that is considered", () => {
  const story = unready();
  story.change(3);
  story.wait(5_000).overdue(2);
  assert.deepEqual(story.told, ["2 config interrupted", "1 config restart"]);
  assert.equal(story.journal.current?.decided, "rolled_back");
});

Deno.test("unready: a child whose old one ended is superseded by the next overlap", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  assert.deepEqual(story.told, ["1 config restart"]);
  story.change(3);
  story.verdict("approved");
  story.send({ kind: "ready", run: 3 });
  assert.deepEqual(story.told, [
    "1 config superseded restart",
    "2 config applied restart",
  ]);
});
