/** The content of the next child is vetted before that child is started. */
import assert from "node:assert/strict";
import { keyOfPrint } from "../../simulation/reloads.ts";
import { holding, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const VETTED = { ...QUICK, vetting: { atStart: "fail" } } as const;

Deno.test("proving: what could not be saved after a crash is tried again too", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...SAFE, crash }, 1);
  story.end(1, 1);
  story.look(1);
  assert.deepEqual(story.change(2), ["vet 2"]);
  assert.equal(story.verdict("unsaved")[0], "spawn 2 on 1");
  assert.equal(story.model.rejections, 0);
  assert.deepEqual(story.change(2), ["vet 2"]);
});

Deno.test("proving: what the last child had is no reload, and not on trial, if other content could not be saved", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  const story = Stepping.ready({ ...SAFE, crash }, 1);
  story.change(2);
  story.verdict("approved");
  story.end(1);
  story.end(2, 1);
  const { reloads, rejections } = story.model;
  story.end(3, 1);
  story.look(2);
  story.change(3);
  assert.equal(story.verdict("unsaved")[0], "spawn 4 on 1");
  story.end(4, 1);
  assert.equal(story.kind, "backingOff");
  assert.equal(story.model.reloads, reloads);
  assert.equal(story.model.rejections, rejections);
});

Deno.test("proving: a first content that is refused is the end with 1", () => {
  const story = new Stepping(VETTED);
  story.send({ kind: "begin" });
  assert.deepEqual(story.look(1), ["vet 1"]);
  story.verdict("rejected");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("proving: a first content that is refused is used with --check-at-start warn", () => {
  const story = new Stepping({ ...QUICK, vetting: { atStart: "warn" } });
  story.send({ kind: "begin" });
  story.look(1);
  assert.deepEqual(story.verdict("rejected"), ["spawn 1 on 1"]);
});

Deno.test("proving: SIGTERM ends the check of the first content with 0", () => {
  const story = new Stepping(VETTED);
  story.send({ kind: "begin" });
  story.look(1);
  story.signal("SIGTERM");
  assert.deepEqual(story.model.state, { kind: "done", code: 0 });
});

const ACCEPTED = "New configuration accepted";
const ALL_THE_SAME = "Configuration rejected: bad; starting on it all the same";

Deno.test("proving: nothing is accepted before the first child where no check was asked", () => {
  for (const [hasCheck, said] of [[true, 1], [false, 0]] as const) {
    const story = new Stepping({ ...VETTED, hasCheck });
    story.send({ kind: "begin" });
    story.look(1);
    story.verdict("approved");
    story.look(1);
    const count = () => story.lines.filter((line) => line === ACCEPTED).length;
    assert.equal(count(), said);
    story.change(2);
    story.verdict("approved");
    assert.equal(count(), said + 1, "a change is accepted in either case");
  }
});

Deno.test("proving: an environment file that cannot be used is refused before the first child, whatever is asked for", () => {
  const story = new Stepping({ ...QUICK, vetting: { atStart: "warn" } });
  story.send({ kind: "begin" });
  story.look(1);
  assert.deepEqual(story.verdict("rejected", "environment"), []);
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
  assert.ok(!story.lines.includes(ALL_THE_SAME));
});

Deno.test("proving: of an environment file that cannot be used later, the host alone tells", () => {
  const crash = { ...QUICK.crash, restart: "always" } as const;
  for (const [ground, said] of [["environment", 0], ["check", 1]] as const) {
    const story = Stepping.ready({ ...VETTED, crash }, 1);
    story.end(1, 1);
    story.look(1);
    story.change(2);
    assert.equal(story.verdict("rejected", ground)[0], "spawn 2 on 2");
    const lines = story.lines.filter((line) => line === ALL_THE_SAME);
    assert.equal(lines.length, said);
    assert.equal(story.model.rejections, 1);
  }
});

const RESTING = { ...SAFE, debounceMs: 500, debounceMaxMs: 5_000 };

/** A first start whose content has changed whenever it was to be saved, until that time is over. */
function restless(policy = RESTING): Stepping {
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  let content = 1;
  assert.deepEqual(story.look(content), ["vet 1"]);
  while (story.now < policy.debounceMaxMs) {
    story.now += 100;
    if (story.now >= policy.debounceMaxMs) break;
    assert.deepEqual(story.verdict("moved"), []);
    assert.deepEqual(story.look(++content), [`vet ${content}`]);
  }
  return story;
}

/** A copy was made of whatever is there. */
const captured = (story: Stepping, content: number) =>
  story.send({
    kind: "captured",
    ticket: story.model.ticket,
    content: holding(content),
  });

Deno.test("proving: content that changes all the time is copied as it is, checked and used", () => {
  const story = restless();
  assert.deepEqual(story.verdict("moved"), ["capture 50"]);
  assert.deepEqual(captured(story, 77), ["vet 77"]);
  assert.deepEqual(story.verdict("approved"), ["spawn 1 on 77", "timer ready"]);
});

Deno.test("proving: a copy that cannot be made because a path has gone is followed by a look", () => {
  const story = restless();
  story.verdict("moved");
  assert.deepEqual(story.verdict("moved"), []);
  assert.equal(story.kind, "preparing");
  assert.deepEqual(story.look(90), ["vet 90"]);
  assert.deepEqual(story.verdict("moved"), ["capture 90"]);
});

Deno.test("proving: a copy that cannot be saved ends the first start", () => {
  const story = restless();
  story.verdict("moved");
  story.verdict("unsaved");
  assert.deepEqual(story.model.state, { kind: "done", code: 1 });
});

Deno.test("proving: the copy of an earlier question means nothing", () => {
  const story = restless();
  story.verdict("moved");
  const content = holding(77);
  const ticket = story.model.ticket - 1;
  assert.deepEqual(story.send({ kind: "captured", ticket, content }), []);
});

Deno.test("proving: what was checked for an earlier start makes room, also before the first child", () => {
  const story = new Stepping(SAFE);
  const kept = () =>
    story.effects.flatMap((effect) =>
      effect.kind === "keep" ? effect.contents.map(keyOfPrint) : []
    );
  story.send({ kind: "begin" });
  assert.deepEqual(story.look(1), ["vet 1"]);
  assert.deepEqual(kept(), [], "an earlier manager may have left it");
  for (const content of [2, 3]) {
    story.send({ kind: "stopChild" });
    story.send({ kind: "startChild" });
    assert.deepEqual(story.look(content), [`vet ${content}`]);
    assert.deepEqual(kept(), [String(content)]);
  }
});
