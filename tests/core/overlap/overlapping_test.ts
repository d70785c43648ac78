import assert from "node:assert/strict";
import { keyOfPrint } from "../../simulation/reloads.ts";
import { OVERLAP, Stepping } from "../../simulation/stepping.ts";

const DRAINING = { ...OVERLAP, drainDelayMs: 500 };

/** Child 1 has content 1 and is ready, child 2 was started beside it on 2. */
function overlapping(policy = OVERLAP): Stepping {
  const story = Stepping.ready(policy, 1);
  story.change(2);
  story.verdict("approved");
  return story;
}

const goodOf = ({ model: { good } }: Stepping) =>
  good === undefined ? undefined : keyOfPrint(good);

Deno.test("overlapping: the next child is started before the old one is stopped", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["spawn 2 on 2", "timer ready"]);
  assert.equal(story.kind, "overlapping");
});

Deno.test("overlapping: the old child is stopped when the next one is ready", () => {
  const story = overlapping();
  const words = story.send({ kind: "ready", run: 2 });
  assert.deepEqual(words, [
    "SIGTERM 1",
    "timer retireContinue",
    "timer retireStop",
    "activate 2",
  ]);
  assert.equal(story.baseline, "2");
  story.end(1);
  assert.equal(story.model.retiring, undefined);
});

Deno.test("overlapping: the old child is drained before it is stopped", () => {
  const story = overlapping(DRAINING);
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), ["timer drain"]);
  assert.deepEqual(story.timer("drain"), [
    "SIGTERM 1",
    "timer retireContinue",
    "timer retireStop",
    "activate 2",
  ]);
});

Deno.test("overlapping: a next child whose sign is there at the last look takes over", () => {
  const story = overlapping();
  assert.deepEqual(story.timer("ready"), ["askSign 2"]);
  assert.ok(story.send({ kind: "ready", run: 2 }).includes("SIGTERM 1"));
  assert.deepEqual(story.send({ kind: "notReady", run: 2 }), []);
});

Deno.test("overlapping: a next child that is never ready goes, and the old one never noticed", () => {
  const story = overlapping();
  const words = story.overdue(2);
  assert.ok(words.includes("SIGTERM 2"));
  assert.ok(!words.some((word) => word.startsWith("activate")));
  assert.ok(!words.some((word) => word.endsWith(" 1") && word[0] === "S"));
  assert.equal(story.baseline, "1");
  story.end(2);
  assert.deepEqual(story.change(2), [], "the content is left alone");
});

Deno.test("overlapping: a next child that ends leaves the old one as it was", () => {
  const story = overlapping();
  assert.ok(!story.end(2, 1).some((word) => word.startsWith("activate")));
  assert.equal(story.baseline, "1");
  assert.equal(story.model.rejections, 1);
});

Deno.test("overlapping: a next child that cannot be started is tried again later", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  story.refusing = true;
  const words = story.verdict("approved");
  assert.ok(words.includes("timer defer"));
  const moved = words.some((word) => word.startsWith("activate"));
  assert.ok(!moved, "the name still leads to what 1 has");
  story.refusing = false;
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
});

Deno.test("overlapping: an old child that ends by itself gives its place away", () => {
  const story = overlapping();
  assert.ok(story.end(1, 7).includes("activate 2"));
  assert.equal(story.kind, "running");
  assert.equal(story.baseline, "2");
  assert.equal(story.end(2, 1)[0], "spawn 3 on 1", "it is on trial still");
});

Deno.test("overlapping: an old child that ends by itself while it drains leaves a proven one", () => {
  const story = overlapping(DRAINING);
  story.send({ kind: "ready", run: 2 });
  story.end(1, 7);
  assert.equal(goodOf(story), "2");
});

Deno.test("overlapping: there is no third child while the second one is still going", () => {
  const story = overlapping();
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.change(3), []);
  const status = { kind: "code", code: 0 } as const;
  story.send({ kind: "exited", run: 1, status });
  const words = story.send({ kind: "groupProbed", run: 1, alive: false });
  assert.deepEqual(words, ["timer defer"]);
  assert.deepEqual(story.timer("defer"), ["vet 3"]);
});

Deno.test("overlapping: there is no third child while even SIGKILL has not ended one", () => {
  const story = overlapping();
  story.send({ kind: "ready", run: 2 });
  story.change(3);
  story.now += 1_000;
  assert.deepEqual(story.timer("retireStop"), [
    "SIGKILL 1",
    "timer retireStop",
  ]);
  story.now += 1_000;
  assert.deepEqual(story.timer("retireStop"), []);
  assert.deepEqual(story.timer("defer"), []);
  story.signal("SIGTERM");
  story.end(2);
  assert.equal(story.kind, "done", "and nobody waits for it at the end");
});

Deno.test("overlapping: SIGTERM stops both, and waits for both", () => {
  const story = overlapping();
  const words = story.signal("SIGTERM");
  assert.ok(words.includes("SIGTERM 1") && words.includes("SIGTERM 2"));
  story.end(1);
  assert.equal(story.kind, "lingering");
  story.end(2);
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

Deno.test("overlapping: a second SIGTERM is urgent for both", () => {
  const story = overlapping();
  story.signal("SIGTERM");
  const words = story.signal("SIGTERM");
  assert.ok(words.includes("SIGKILL 1") && words.includes("SIGKILL 2"));
});

Deno.test("overlapping: a signal is forwarded to both, to the next one when it can take it", () => {
  const story = overlapping(DRAINING);
  assert.deepEqual(story.signal("SIGHUP"), ["SIGHUP 1"]);
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), [
    "SIGHUP 2",
    "timer drain",
  ]);
  assert.deepEqual(story.signal("SIGUSR1"), ["SIGUSR1 1", "SIGUSR1 2"]);
});

Deno.test("overlapping: signals that wait for the next child outlive the end of the old one", () => {
  const story = overlapping();
  story.signal("SIGHUP");
  story.end(1, 1);
  assert.equal(story.kind, "running");
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), ["SIGHUP 2"]);
});

Deno.test("overlapping: no child is started beside the rest of an earlier one", () => {
  const story = overlapping();
  // The old one ends by itself and leaves somebody behind.
  story.send({ kind: "exited", run: 1, status: { kind: "code", code: 1 } });
  story.send({ kind: "groupProbed", run: 1, alive: true });
  // So does its successor, on trial: back to the last good content, but not yet.
  assert.deepEqual(story.end(2, 9), ["timer probeGroup"]);
  assert.deepEqual(
    story.send({ kind: "groupProbed", run: 2, alive: false }),
    ["timer probeGroup"],
  );
  story.send({ kind: "groupProbed", run: 1, alive: false });
  const words = story.send({ kind: "groupProbed", run: 2, alive: false });
  assert.equal(words[0], "spawn 3 on 1");
});

Deno.test("overlapping: a bug stops both", () => {
  const story = overlapping();
  const words = story.send({ kind: "bug", detail: "simulated" });
  assert.ok(words.includes("SIGTERM 1") && words.includes("SIGTERM 2"));
  story.end(1);
  story.end(2);
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});

Deno.test("overlapping: a bug while only the child that retires is left ends that one", () => {
  const story = overlapping();
  story.signal("SIGTERM");
  story.end(1);
  const words = story.send({ kind: "bug", detail: "simulated" });
  assert.ok(words.includes("SIGKILL 2"));
  story.end(2);
  assert.deepEqual(story.model.state, { kind: "done", code: 70 });
});

Deno.test("overlapping: a bug before the spawn has answered leaves no child behind", () => {
  const story = Stepping.ready(OVERLAP, 1);
  story.change(2);
  // The event loop puts a bug in front of what effects have led to.
  const send = story.send.bind(story);
  story.send = (happening) =>
    happening.kind === "spawned"
      ? [...send({ kind: "bug", detail: "simulated" }), ...send(happening)]
      : send(happening);
  const words = story.verdict("approved");
  assert.ok(words.includes("SIGTERM 1") && words.includes("SIGTERM 2"));
});

Deno.test("overlapping: a refused content is forgotten by no overlap that fails", () => {
  const crash = { ...OVERLAP.crash, restart: "always" } as const;
  const story = overlapping({ ...OVERLAP, crash });
  story.overdue(2);
  story.end(2);
  story.end(1, 1);
  assert.equal(story.timer("retry")[0], "spawn 3 on 1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("overlapping: a sign of the old child that comes during the overlap counts", () => {
  const story = new Stepping(OVERLAP);
  story.send({ kind: "begin" });
  story.look(1);
  story.verdict("approved");
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  story.send({ kind: "ready", run: 1 });
  story.end(2, 1);
  assert.equal(goodOf(story), "1");
});

Deno.test("overlapping: the last answer of the next child's probe is told, and the old one's is not taken for it", () => {
  const story = overlapping();
  story.send({ kind: "notYet", run: 2, why: "answered 503" });
  story.send({ kind: "notYet", run: 1, why: "of the old one" });
  assert.deepEqual(story.timer("ready"), ["askSign 2"]);
  story.send({ kind: "notYet", run: 2, why: "answered 500" });
  story.send({ kind: "notReady", run: 2 });
  assert.ok(
    story.lines.includes(
      "Child process (PID: 1002) is not ready after 5s: answered 500",
    ),
  );
});

/** The same, but a SIGHUP waits for child 1, which has not given its sign. */
function overlappingUnready(policy = OVERLAP): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.signal("SIGHUP");
  story.look(1);
  story.verdict("approved");
  story.look(1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  return story;
}

Deno.test("overlapping: a later signal does not overtake those that wait for the old child", () => {
  const story = overlappingUnready();
  assert.deepEqual(story.signal("SIGUSR1"), []);
  assert.deepEqual(story.send({ kind: "ready", run: 1 }), [
    "SIGHUP 1",
    "SIGUSR1 1",
  ]);
});

Deno.test("overlapping: the next child gets what has waited for the old one first, and once", () => {
  const story = overlappingUnready();
  story.signal("SIGUSR1");
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), [
    "SIGHUP 2",
    "SIGUSR1 2",
    "SIGTERM 1",
    "timer retireContinue",
    "timer retireStop",
    "activate 2",
  ]);
});

Deno.test("overlapping: what has waited reaches the next child before the old one is drained", () => {
  const story = overlappingUnready(DRAINING);
  assert.deepEqual(story.send({ kind: "ready", run: 2 }), [
    "SIGHUP 2",
    "timer drain",
  ]);
  assert.deepEqual(story.signal("SIGUSR1"), ["SIGUSR1 2"]);
  assert.deepEqual(story.send({ kind: "ready", run: 1 }), [
    "SIGHUP 1",
    "SIGUSR1 1",
  ]);
  assert.deepEqual(story.timer("drain"), [
    "SIGTERM 1",
    "timer retireContinue",
    "timer retireStop",
    "activate 2",
  ]);
});

for (const how of ["is never ready", "cannot be started"] as const) {
  Deno.test(`overlapping: a next child that ${how} and is tried again answers no reload`, () => {
    const policy = {
      ...OVERLAP,
      retryRejected: { firstMs: 30_000, maxMs: 30_000 },
    };
    const story = new Stepping(policy);
    story.send({ kind: "begin" });
    story.look(1);
    story.verdict("approved");
    story.send({ kind: "ready", run: 1 });
    story.refusing = how === "cannot be started";
    story.change(2);
    for (let run = 2; run < 12; run++) {
      assert.ok(story.verdict("approved").includes(`spawn ${run} on 2`));
      if (!story.refusing) {
        story.overdue(run);
        story.end(run);
        story.look(2);
      }
      story.now += 30_000;
      assert.deepEqual(story.timer("defer"), ["vet 2"]);
    }
    assert.equal(story.model.feedback.reloads, 1, "it is counted once");
  });
}
