/** What the status says is waited for. */
import assert from "node:assert/strict";
import { pendingOf } from "../../../src/control/status/pending.ts";
import type { Action } from "../../../src/core/vocabulary/settings.ts";
import { OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { CRASHING, EPOCH, Story, VETTED } from "../journal/story.ts";
import { factsOf } from "./facts.ts";

const NONE: Action = { kind: "none" };

const pendingAt = (story: Story) =>
  pendingOf(story.model, story.policy, factsOf(story));

/** The reason, and the seconds until the wait is over. */
function waitAt(story: Story): string {
  const pending = pendingAt(story);
  if (pending === null) return "none";
  const until = pending.until === null
    ? []
    : [(Date.parse(pending.until) - EPOCH - story.now) / 1_000];
  return [pending.reason, ...until].join(" ");
}

Deno.test("pending: nothing is while the child has what lies on the disk", () => {
  assert.equal(waitAt(Story.ready(QUICK, 1)), "none");
});

Deno.test("pending: content that has changed waits for its quiet window", () => {
  const story = Story.ready(
    { ...QUICK, debounceMs: 500, debounceMaxMs: 5_000 },
    1,
  );
  story.look(2);
  assert.equal(waitAt(story), "debounce");
});

Deno.test("pending: a reload waits for --min-interval", () => {
  const policy = { ...QUICK, minIntervalMs: 10_000, onChange: NONE };
  const story = Story.ready(policy, 1);
  story.change(2);
  story.wait(4_000).change(3);
  assert.equal(waitAt(story), "min_interval 6");
  assert.equal(pendingAt(story)?.detail, "reloads are at least 10s apart");
});

Deno.test("pending: a reload waits for this replica's share of --splay", () => {
  const story = Story.ready({ ...QUICK, splayMs: 3_000 }, 1);
  story.change(2);
  story.wait(1_000);
  assert.equal(waitAt(story), "splay 2");
});

Deno.test("pending: a reload waits for the end of a hold", () => {
  const story = Story.ready(QUICK, 1);
  story.send({ kind: "hold", reason: "incident 7", forMs: 30_000 });
  story.change(2);
  assert.equal(waitAt(story), "hold 30");
  assert.equal(
    pendingAt(story)?.detail,
    "changes are held back: incident 7",
  );
});

Deno.test("pending: content waits for its check", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  assert.equal(waitAt(story), "check");
});

Deno.test("pending: the first child waits for its dependencies, which are named", () => {
  const story = new Story({
    ...QUICK,
    waitFor: [{ kind: "file", path: "/db" }],
    waitTimeoutMs: 9_000,
  });
  story.send({ kind: "begin" });
  assert.equal(
    pendingAt(story)?.detail,
    "dependencies are missing: file:/db",
  );
  assert.equal(waitAt(story), "dependencies");
});

Deno.test("pending: an action runs", () => {
  const onChange: Action = { kind: "exec", argv: ["reload"] };
  const story = Story.ready({ ...QUICK, onChange }, 1);
  story.change(2);
  assert.equal(waitAt(story), "action");
});

Deno.test("pending: a signal waits until the child can receive it", () => {
  const onChange: Action = { kind: "signal", signal: "SIGHUP" };
  const story = new Story({ ...QUICK, onChange });
  story.send({ kind: "begin" });
  story.look(1);
  story.look(1);
  story.look(2);
  assert.equal(waitAt(story), "child_start");
});

Deno.test("pending: content that could not be saved has another attempt", () => {
  const story = Story.ready(SAFE, 1);
  story.change(2);
  story.verdict("unsaved");
  assert.equal(waitAt(story), "retry");
});

Deno.test("pending: rejected content is tried again at its time", () => {
  const retryRejected = { firstMs: 10_000, maxMs: 10_000 };
  const story = Story.ready({ ...VETTED, retryRejected }, 1);
  story.change(2);
  story.verdict("rejected", "circumstances");
  assert.equal(waitAt(story), "retry 10");
});

Deno.test("pending: a change waits for the old child of an overlap", () => {
  const story = Story.ready(OVERLAP, 1);
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "ready", run: 2 });
  story.change(3);
  assert.equal(waitAt(story), "old_child");
});

Deno.test("pending: a child that ended by itself is started after a pause", () => {
  const story = Story.ready(CRASHING, 1);
  story.end(1, 3);
  assert.match(waitAt(story), /^backoff \d/);
  assert.equal(pendingAt(story)?.detail, "the child ended by itself once");
});
