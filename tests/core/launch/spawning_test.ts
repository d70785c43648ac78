/** What follows when a child cannot be started. */
import assert from "node:assert/strict";
import { OVERLAP, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

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

const WITHDRAWN = { kind: "withdrawn", detail: "" } as const;

Deno.test("spawning: a stop withdraws a start that waits, and nothing failed", () => {
  const story = new Stepping(QUICK);
  story.slow = true;
  story.send({ kind: "begin" });
  story.look(1);
  assert.equal(story.kind, "spawning");
  story.send({ kind: "signal", signal: "SIGTERM" });
  assert.deepEqual(story.effects, [{ kind: "cancel" }]);
  story.send({ kind: "spawnFailed", run: 1, failure: WITHDRAWN });
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("spawning: ^C that comes before the child stops, although the terminal is shared", () => {
  const story = new Stepping({ ...QUICK, foreground: true });
  story.slow = true;
  story.send({ kind: "begin" });
  story.look(1);
  story.send({ kind: "signal", signal: "SIGINT" });
  assert.deepEqual(story.effects, [{ kind: "cancel" }]);
  story.send({ kind: "spawnFailed", run: 1, failure: WITHDRAWN });
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("spawning: in an overlap ^C that only the old child has from the terminal stops both", () => {
  const story = Stepping.ready({ ...OVERLAP, foreground: true }, 1);
  story.slow = true;
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "signal", signal: "SIGINT" });
  assert.deepEqual(story.effects, [{ kind: "cancel" }]);
  const words = story.send({
    kind: "spawnFailed",
    run: 2,
    failure: WITHDRAWN,
  });
  assert.equal(words[0], "SIGTERM 1");
});

Deno.test("spawning: in an overlap a stop after a bug of ours does not change how we end", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.slow = true;
  story.change(2);
  story.verdict("approved");
  story.send({ kind: "bug", detail: "simulated" });
  story.signal("SIGTERM");
  story.send({ kind: "spawnFailed", run: 2, failure: WITHDRAWN });
  story.end(1);
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});

Deno.test("spawning: in an overlap a stop withdraws the next start and stops the old child", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.slow = true;
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  story.send({ kind: "signal", signal: "SIGTERM" });
  assert.deepEqual(story.effects, [{ kind: "cancel" }]);
  const words = story.send({
    kind: "spawnFailed",
    run: 2,
    failure: WITHDRAWN,
  });
  assert.ok(words.includes("SIGTERM 1"), words.join());
  assert.equal(story.kind, "stopping");
});

Deno.test("spawning: in an overlap a signal reaches the old child at once, the next one when it is ready", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.slow = true;
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(
    story.send({ kind: "signal", signal: "SIGHUP" }),
    ["SIGHUP 1"],
  );
  story.send({ kind: "spawned", run: 2, pid: 1_002 });
  const words = story.send({ kind: "ready", run: 2 });
  assert.ok(words.includes("SIGHUP 2"), words.join());
});
