/** `--before-start` of an overlap: the old child stays until its yes, and without it. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { OVERLAP, Stepping } from "../../simulation/stepping.ts";

const beforeStart = { command: ["migrate"], timeoutMs: 1_000 } as const;
const HOOKED: Policy = { ...OVERLAP, beforeStart };

/** A child on content 1 runs, and the hook for content 2. */
function hooking(policy: Policy): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.look(1);
  if (policy.vetting !== undefined) story.verdict("approved");
  story.hook("done");
  story.look(1);
  story.send({ kind: "ready", run: 1 });
  story.look(1);
  story.now += 60_000;
  story.change(2);
  const words = policy.vetting === undefined ? [] : story.verdict("approved");
  if (words.length > 0) assert.deepEqual(words, ["before start 2 on 2"]);
  assert.equal(pendingOf(story), "hooking");
  return story;
}

const pendingOf = ({ model: { state } }: Stepping): string | undefined =>
  state.kind === "running" ? state.pending.kind : undefined;

Deno.test("hooking: the next child is started after its yes", () => {
  const story = hooking(HOOKED);
  assert.equal(story.hook("done")[0], "spawn 2 on 2");
  assert.equal(story.kind, "overlapping");
});

Deno.test("hooking: a no rejects the content, and the child stays", () => {
  const retryRejected = { firstMs: 1_000, maxMs: 1_000 };
  const story = hooking({ ...HOOKED, retryRejected });
  assert.deepEqual(story.hook("failed"), ["timer defer"]);
  assert.equal(pendingOf(story), "rejected");
  assert.equal(story.baseline, "1");
});

Deno.test("hooking: where contents are not saved, other content is decided on instead", () => {
  const story = hooking({ ...HOOKED, snapshots: false });
  story.look(3);
  assert.deepEqual(story.hook("done"), []);
  assert.equal(pendingOf(story), "none");
});

Deno.test("hooking: changes that are held back meanwhile are not put into effect", () => {
  const story = hooking(HOOKED);
  story.hold();
  assert.deepEqual(story.hook("done"), []);
  assert.equal(pendingOf(story), "deferred");
});

Deno.test("hooking: a copy that is lost is saved again later", () => {
  const story = hooking(HOOKED);
  assert.deepEqual(story.hook("lost"), ["timer defer"]);
  assert.equal(pendingOf(story), "deferred");
});

Deno.test("hooking: a stop ends the hook with the child, and nothing is started", () => {
  const story = hooking(HOOKED);
  const { ticket } = story.model;
  story.signal("SIGTERM");
  assert.ok(story.effects.some(({ kind }) => kind === "cancel"));
  assert.deepEqual(story.hook("done", ticket), []);
  story.end(1);
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("hooking: a reload that is asked for meanwhile is refused", () => {
  const story = hooking(HOOKED);
  story.send({ kind: "reload", force: false });
  assert.match(story.lines.at(-1) ?? "", /^Cannot reload/);
});
