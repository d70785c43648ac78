/** What is read of content after a child was started on it. */
import assert from "node:assert/strict";
import {
  withReading,
  withReadings,
} from "../../../src/core/change/late_reading.ts";
import {
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";
import type { Observation } from "../../../src/core/vocabulary/observation.ts";
import { initialModel } from "../../../src/core/vocabulary/model.ts";
import { holding, QUICK, Stepping } from "../../simulation/stepping.ts";
import { directory, file, MISSING } from "./observations.ts";

const UNREAD = file(provisionalIdentity("B"));

const seen = (
  print: PathPrint,
  unread: Observation["unread"] = [],
): Observation => ({
  at: 0,
  fingerprint: [file("A"), print],
  depth: "content",
  cause: "timer",
  unread,
});

const after = (print: PathPrint, unread?: Observation["unread"]) =>
  withReading([file("A"), UNREAD], seen(print, unread))[1];

Deno.test("late reading: content with the metadata of the start is what the child has", () => {
  assert.deepEqual(after(file("B")), file("B"));
});

const OTHERS: Readonly<Record<string, PathPrint>> = {
  "other metadata": file("B", 10, 1),
  "still unread": UNREAD,
  "gone": MISSING,
  "a directory now": directory("B"),
};

for (const [what, print] of Object.entries(OTHERS)) {
  Deno.test(`late reading: ${what} tells nothing of what the child has`, () => {
    assert.equal(after(print), UNREAD);
  });
}

Deno.test("late reading: a path that is being read again tells nothing yet", () => {
  const unread = [{ path: 1, bytes: 0, entries: 1 }];
  assert.equal(after(file("B"), unread), UNREAD);
});

Deno.test("late reading: without anything to take in the baseline is the same value", () => {
  const baseline = [file("A"), file("C")];
  assert.equal(withReading(baseline, seen(file("B"))), baseline);
});

Deno.test("late reading: what outlives the child is completed too", () => {
  const unread = [file("A"), UNREAD];
  const read = [file("A"), file("B")];
  const before = { ...initialModel(QUICK), lastBaseline: unread, good: unread };
  const { lastBaseline, stable, good } = withReadings(before, seen(file("B")));
  assert.deepEqual([lastBaseline, good], [read, read]);
  assert.equal(stable, undefined);
});

Deno.test("late reading: a rejected candidate is completed, so that it is not tried again", () => {
  const configs = ["/a", "/b"].map((path) => ({ path, named: true }));
  const policy = { ...QUICK, configs, vetting: { atStart: "fail" } } as const;
  const story = Stepping.ready(policy, 1, 1);
  const [a, b] = holding(2, 2);
  const unread = { ...b, identity: provisionalIdentity("2") } as PathPrint;
  story.observe([a, unread], [1]);
  assert.deepEqual(story.observe([a, unread], [1]), ["vet 2,2"]);
  story.verdict("rejected");
  story.now += 1;
  assert.deepEqual(story.change(2, 2), []);
});

for (const begun of ["before", "after"] as const) {
  Deno.test(`late reading: content that the check refused is not checked again where a look from ${begun} the start finds a path written anew and not read yet`, () => {
    const policy = { ...QUICK, vetting: { atStart: "warn" } } as const;
    const story = new Stepping(policy);
    const rewritten = (identity: string) => file(identity, 10, 1);
    story.send({ kind: "begin" });
    story.find(file("1"));
    story.now = 10;
    assert.deepEqual(story.verdict("rejected"), ["spawn 1 on 1"]);
    story.now = 20;
    const unread = rewritten(provisionalIdentity("1"));
    story.observe([unread], [0], begun === "before" ? 5 : 20);
    story.now = 5_000;
    const seen = [story.find(rewritten("1")), story.find(rewritten("1"))];
    assert.deepEqual(seen.flat(), []);
    assert.equal(story.kind, "running");
    // Other content is a change as ever.
    assert.deepEqual(story.find(file("2")), ["vet 2"]);
  });
}

Deno.test("late reading: a look from before the start that finds a path written anew begins the quiet window again", () => {
  const story = new Stepping({
    ...QUICK,
    debounceMs: 500,
    debounceMaxMs: 5_000,
  });
  story.now = 10;
  story.send({ kind: "begin" });
  story.find(file("1"));
  story.find(file("1"));
  story.now = 1_000;
  assert.deepEqual(story.find(file("2")), ["timer look"]);
  story.now = 1_400;
  const rewritten = file("2", 10, 1);
  const unread = { ...rewritten, identity: provisionalIdentity("2") };
  story.observe([unread], [0], 5);
  story.now = 1_500;
  assert.deepEqual(story.find(rewritten), ["timer look"]);
  story.now = 1_900;
  assert.deepEqual(story.find(rewritten).slice(0, 1), ["SIGTERM 1"]);
});

Deno.test("late reading: what a child that was stopped had is completed, so that it is no news", () => {
  const before = initialModel(QUICK);
  const model = {
    ...before,
    state: {
      kind: "halted",
      since: 0,
      on: { baseline: [file("A"), UNREAD], rejected: undefined },
      base: [file("A"), UNREAD],
      change: { kind: "settled" },
      held: [],
    },
  } as const;
  const { state } = withReadings(model, seen(file("B")));
  assert.ok(state.kind === "halted");
  const read = [file("A"), file("B")];
  assert.deepEqual([state.base, state.on?.baseline], [read, read]);
});
