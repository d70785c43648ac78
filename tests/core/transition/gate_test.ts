/** Changes that an operator holds back. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const REVIVING: Policy = {
  ...SAFE,
  crash: { ...QUICK.crash, restart: "always" },
};

Deno.test("gate: a hold ends by itself, and what waited has its turn", () => {
  const story = Stepping.ready(SAFE, 1);
  assert.deepEqual(story.hold(1_000, "incident 7"), ["timer hold"]);
  assert.deepEqual(story.change(2), []);
  assert.match(
    story.lines.at(-1) ?? "",
    /waits until changes are resumed, at the latest in 1s: incident 7/,
  );
  story.now += 1_000;
  assert.deepEqual(story.timer("hold"), ["vet 2"]);
  assert.deepEqual(story.model.gate, { kind: "open" });
  assert.ok(story.lines.some((line) => /as asked: incident 7$/.test(line)));
});

Deno.test("gate: a second hold takes the place of the first one, its reason and its time", () => {
  const story = Stepping.ready(QUICK, 1);
  story.hold(1_000, "first");
  story.now += 500;
  story.hold(10_000, "second");
  story.now += 500;
  // A timer that comes early is armed again.
  assert.deepEqual(story.timer("hold"), ["timer hold"]);
  const { now: at, model: { gate } } = story;
  const since = at - 500;
  const until = since + 10_000;
  assert.deepEqual(gate, { kind: "held", since, until, reason: "second" });
});

Deno.test("gate: a hold without a time lasts until it is resumed", () => {
  const story = Stepping.ready(QUICK, 1);
  story.hold(1_000);
  assert.deepEqual(story.hold(), []);
  const timer = story.effects.find(({ kind }) => kind === "timer");
  assert.ok(timer?.kind === "timer" && timer.at === undefined);
  story.now += 3_600_000;
  story.timer("hold");
  assert.equal(story.model.gate.kind, "held");
  story.send({ kind: "resume" });
  assert.equal(story.model.gate.kind, "open");
});

Deno.test("gate: a reason is kept to one line of bounded length", () => {
  const story = Stepping.ready(QUICK, 1);
  story.hold(undefined, `two\nlines ${"x".repeat(1_000)}`);
  const { gate } = story.model;
  const reason = gate.kind === "held" ? gate.reason ?? "" : "";
  assert.match(reason, /^two\\nlines x+\.\.\.$/);
  assert.equal(reason.length, 200);
});

Deno.test("gate: a hold outlives a crash, and the next child has the content of the last one", () => {
  const story = Stepping.ready(REVIVING, 1);
  story.hold();
  story.end(1, 1);
  assert.deepEqual(story.look(2), []);
  assert.equal(story.timer("retry")[0], "spawn 2 on 1");
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.gate.kind, "held");
  assert.deepEqual(story.send({ kind: "resume" }), ["vet 2"]);
});

Deno.test("gate: content that was to end the pause after a crash is held back, and the pause goes on to its end", () => {
  const policy = { ...REVIVING, splayMs: 100 };
  const story = Stepping.ready(policy, 1);
  story.end(1, 1);
  story.look(1);
  assert.deepEqual(story.look(2), ["timer retry"], "it has its turn earlier");
  story.hold();
  story.now += 100;
  assert.deepEqual(story.timer("retry"), ["timer retry"]);
  story.now += 2_000;
  assert.equal(story.timer("retry")[0], "spawn 2 on 1");
});

Deno.test("gate: content that was held back during the pause after a crash has its turn when changes are resumed", () => {
  const policy = { ...REVIVING, splayMs: 100 };
  const story = Stepping.ready(policy, 1);
  story.end(1, 1);
  story.look(1);
  story.look(2);
  story.hold();
  story.now += 100;
  story.timer("retry");
  assert.deepEqual(story.send({ kind: "resume" }), ["timer retry"]);
  story.timer("retry");
  assert.deepEqual(story.look(2), ["vet 2"]);
});

Deno.test("gate: a hold that ends after the child was stopped starts none", () => {
  const story = Stepping.ready(QUICK, 1);
  story.hold(1_000);
  story.send({ kind: "stopChild" });
  story.end(1);
  story.now += 1_000;
  assert.deepEqual(story.timer("hold"), []);
  assert.equal(story.kind, "halted");
});
