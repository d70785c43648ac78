/** The wait for what `--wait-for` names. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

Deno.test("awaiting: the end of the wait for dependencies is the end with 1", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  const words = story.send({ kind: "begin" });
  assert.deepEqual(words, ["awaitDependencies", "timer await"]);
  assert.deepEqual(story.timer("await"), ["askDependencies"]);
  assert.equal(story.kind, "awaiting");
  story.send({ kind: "unavailable", ticket: 1, missing: ["file:/db"] });
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("awaiting: what the last look finds is in time", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  story.send({ kind: "begin" });
  story.timer("await");
  story.send({ kind: "available", ticket: 1 });
  assert.equal(story.kind, "preparing");
});

Deno.test("awaiting: SIGTERM ends the wait for dependencies with 0", () => {
  const story = new Stepping({ ...QUICK, waitTimeoutMs: 1_000 });
  story.send({ kind: "begin" });
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
  assert.deepEqual(story.send({ kind: "available", ticket: 1 }), []);
});

const WAITING = {
  ...QUICK,
  waitTimeoutMs: 1_000,
  waitFor: [{ kind: "file", path: "/db" }],
  crash: { ...QUICK.crash, restart: "always" },
} as const;
const ASKED = ["awaitDependencies", "timer await"];

/** The dependencies are there. */
const yes = (story: Stepping): string[] =>
  story.send({ kind: "available", ticket: story.model.ticket });

/** Child 1 runs on content 1, and its dependencies were there. */
function begun(policy: Policy = WAITING): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  yes(story);
  story.look(1);
  if (policy.vetting !== undefined) story.verdict("approved");
  story.look(1);
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  return story;
}

const lastLine = ({ lines }: Stepping) => lines.at(-1);

Deno.test("awaiting: a child that ended by itself is started again when they are there", () => {
  const story = begun();
  story.end(1, 1);
  story.now += 10_000;
  assert.deepEqual(story.timer("retry"), ASKED);
  const { crashes } = story.model;
  story.now += 999;
  assert.deepEqual(yes(story), []);
  assert.equal(story.look(1)[0], "spawn 2 on 1");
  assert.deepEqual(story.model.crashes, crashes, "waiting is no crash");
});

Deno.test("awaiting: a wait before a later start that is too long ends the manager too, and says for what", () => {
  const story = begun();
  story.end(1, 7);
  story.timer("retry");
  const missing = ["file:/db (does not exist)"];
  story.send({ kind: "missing", ticket: story.model.ticket, missing });
  assert.equal(
    lastLine(story),
    "Waiting for dependencies: file:/db (does not exist)",
  );
  story.unavailable("file:/db (permission denied)");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
  assert.ok(
    story.lines.includes(
      "Cannot start child process: dependencies are missing after 1s: file:/db (permission denied)",
    ),
  );
});

Deno.test("awaiting: signals meanwhile are for the next child", () => {
  const story = begun();
  story.end(1, 7);
  story.timer("retry");
  story.signal("SIGHUP");
  yes(story);
  assert.ok(story.look(1).includes("timer held"));
});

Deno.test("awaiting: an answer to an earlier question means nothing", () => {
  const story = begun();
  const { ticket } = story.model;
  story.end(1, 7);
  story.timer("retry");
  const missing = ["file:/db"];
  assert.deepEqual(story.send({ kind: "available", ticket }), []);
  assert.deepEqual(story.send({ kind: "unavailable", ticket, missing }), []);
  assert.equal(story.kind, "awaiting");
});

Deno.test("awaiting: with `first` a later start waits for nothing", () => {
  const story = begun({ ...WAITING, waitForScope: "first" });
  assert.deepEqual(story.change(2), [
    "SIGTERM 1",
    "timer continue",
    "timer stop",
  ]);
  story.end(1);
  assert.equal(story.look(2)[0], "spawn 2 on 2");
  story.end(2, 7);
  assert.deepEqual(story.timer("retry"), []);
});

Deno.test("awaiting: a rollback waits too, because no child is running", () => {
  const story = begun({
    ...WAITING,
    vetting: SAFE.vetting,
    ready: SAFE.ready,
    snapshots: true,
  });
  story.change(2);
  story.verdict("approved");
  yes(story);
  story.end(1);
  assert.deepEqual(story.end(2, 1), ASKED);
  assert.equal(yes(story)[0], "spawn 3 on 1");
});
