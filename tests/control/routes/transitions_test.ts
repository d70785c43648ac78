/** Which events a step becomes. */
import assert from "node:assert/strict";
import {
  endedSince,
  transitionsOf,
} from "../../../src/control/routes/transitions.ts";
import type { ReloadRecord } from "../../../src/control/vocabulary/journal.ts";
import {
  initialModel,
  type Model,
} from "../../../src/core/vocabulary/model.ts";
import { QUICK } from "../../simulation/stepping.ts";
import { endedReload } from "../server/fake_control.ts";

const MODEL = initialModel(QUICK);
const HELD: Model = {
  ...MODEL,
  gate: { kind: "held", since: 0, until: undefined, reason: undefined },
};
const DONE: Model = { ...MODEL, state: { kind: "done", code: 0 } };

const underWay = (id: number, phases: number): ReloadRecord =>
  endedReload({
    id,
    outcome: undefined,
    phases: Array(phases).fill({
      phase: "check",
      startedAt: 0,
      startedClock: 0,
      durationMs: undefined,
    }),
  });

const journalOf = (
  current: ReloadRecord | undefined,
  ...reloads: readonly ReloadRecord[]
) => ({ current, reloads });

type Journals = ReturnType<typeof journalOf>;

const NOTHING = journalOf(undefined);

/** Each as a word or two. */
const words = (
  then: Journals,
  now: Journals,
  before: Model = MODEL,
  after: Model = before,
) =>
  transitionsOf(
    { event: { kind: "resume", at: 0 }, before, after, effects: [] },
    then,
    now,
    { reload: ({ id }) => id, hold: () => "shown" },
  ).map(({ kind, data }) => [kind, ...Object.values(data)].join(" "));

Deno.test("nothing that somebody would see is no event", () => {
  assert.deepEqual(words(NOTHING, NOTHING), []);
  const same = journalOf(underWay(1, 1), endedReload());
  assert.deepEqual(words(same, { ...same }), []);
});

Deno.test("a reload begins, goes through its phases, and ends", () => {
  const first = journalOf(underWay(1, 1));
  const second = journalOf(underWay(1, 2));
  const ended = journalOf(undefined, endedReload({ id: 1 }));
  assert.deepEqual(words(NOTHING, first), ["reload begun 1"]);
  assert.deepEqual(words(first, journalOf(underWay(1, 1))), []);
  assert.deepEqual(words(first, second), ["reload phase 1"]);
  assert.deepEqual(words(second, ended), ["reload ended 1"]);
});

Deno.test("what has ended is told before what begins, and the state after both", () => {
  const then = journalOf(underWay(1, 1));
  const now = journalOf(underWay(2, 1), endedReload({ id: 1 }));
  assert.deepEqual(words(then, now, MODEL, DONE), [
    "reload ended 1",
    "reload begun 2",
    "state idle done resume",
  ]);
});

Deno.test("a hold that begins and one that ends are told", () => {
  assert.deepEqual(words(NOTHING, NOTHING, MODEL, HELD), ["hold shown"]);
  assert.deepEqual(words(NOTHING, NOTHING, HELD, MODEL), ["hold shown"]);
  assert.deepEqual(words(NOTHING, NOTHING, HELD), []);
});

Deno.test("reloads that ended are found also where the oldest is dropped", () => {
  const then = journalOf(
    undefined,
    endedReload({ id: 1 }),
    endedReload({ id: 2 }),
  );
  const now = journalOf(
    undefined,
    ...[2, 3, 4].map((id) => endedReload({ id })),
  );
  assert.deepEqual(endedSince(then, now).map(({ id }) => id), [3, 4]);
});
