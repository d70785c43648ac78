/**
 * A child that rewrites its own configuration at each start is slowed down and told
 * of; somebody who edits, however regularly, is not taken for one. The real core and
 * loop on the simulated system, with numbers that fast-check chooses.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { step } from "../../src/core/step.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import { QUICK } from "./stepping.ts";
import { World } from "./world.ts";

const BLAME = "does the child rewrite its own configuration?";
const PATH = 0;
const SEED = 20_261_129;
const RUNS = 150;

/** How a schedule goes: the quiet window, how long a stop and a look take. */
interface Pace {
  readonly debounceMs: number;
  readonly stopMs: number;
  readonly lookMs: number;
}

const pace: fc.Arbitrary<Pace> = fc.record({
  debounceMs: fc.constantFrom(0, 50, 500, 1_000),
  stopMs: fc.integer({ min: 0, max: 400 }),
  lookMs: fc.integer({ min: 0, max: 30 }),
});

/** A world with one path, where a start is followed by `onStart`. */
function worldOf(
  { debounceMs, stopMs, lookMs }: Pace,
  onStart: (world: World) => void,
  decide: typeof step = step,
) {
  const policy: Policy = { ...QUICK, debounceMs, debounceMaxMs: 5_000 };
  const said: string[] = [];
  const world: World = new World({
    policy,
    paths: 1,
    decide,
    characterOf: () => ({
      stopMs,
      stopCode: 0,
      killMs: 0,
      crash: undefined,
      siblingMs: undefined,
      suspendedAfterMs: undefined,
      spawnFailure: undefined,
    }),
    lookMs: () => lookMs,
    wrap: (host) => ({
      ...host,
      log: ({ level, text }) => void said.push(`${level} ${text}`),
      spawn: (run, occasion) => {
        host.spawn(run, occasion);
        onStart(world);
      },
    }),
  });
  const { agenda, loop } = world;
  agenda.after(0, () => loop.dispatch({ kind: "begin" }));
  const blames = () => said.filter((line) => line.includes(BLAME));
  const starts = () => world.children.map(({ startedAt }) => startedAt);
  const until = (end: number) => {
    while (agenda.now < end && agenda.step(end));
  };
  return { world, blames, starts, until };
}

let next = 1;
/** Other content than before, and its event. */
function edit({ disk, loop }: World): void {
  disk.set(PATH, { kind: "content", content: ++next }, true);
  loop.dispatch({ kind: "hint", cause: "event" });
}

/** A child that writes so long after its start, each time a little earlier or later. */
const rewriting = fc.record({
  afterMs: fc.integer({ min: 0, max: 3_000 }),
  jitterMs: fc.array(fc.integer({ min: 0, max: 350 }), {
    minLength: 7,
    maxLength: 7,
  }),
});

const MINUTES_MS = 600_000;

function loopOf(
  speed: Pace,
  { afterMs, jitterMs }: { afterMs: number; jitterMs: readonly number[] },
  decide: typeof step = step,
) {
  const play = worldOf(speed, (world) => {
    const jitter = jitterMs[world.children.length % jitterMs.length];
    world.agenda.after(afterMs + jitter, () => edit(world));
  }, decide);
  play.until(MINUTES_MS);
  return play;
}

/** Whether the loop ends up as slow as the longest quiet window makes it. */
function isBounded(starts: readonly number[]): boolean {
  const late = starts.filter((at) => at > MINUTES_MS / 2);
  // Virtual time is not exact.
  return late.slice(1).every((at, index) => at - late[index] >= 5_000 - 1);
}

Deno.test("feedback: a child that rewrites its configuration at each start is slowed down, and told of", () => {
  fc.assert(
    fc.property(pace, rewriting, (speed, child) => {
      const { blames, starts } = loopOf(speed, child);
      assert.ok(isBounded(starts()), starts().join(" "));
      assert.ok(blames().length > 0);
      assert.ok(blames().every((line) => line.startsWith("warn ")));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("feedback: a core that forgets its restarts is caught", () => {
  const forgetful: typeof step = (model, event, policy) =>
    step(
      { ...model, feedback: { distanceMs: 0, reloads: 0 } },
      event,
      policy,
    );
  const speed = { debounceMs: 500, stopMs: 10, lookMs: 0 };
  const child = { afterMs: 50, jitterMs: [0] };
  const { blames, starts } = loopOf(speed, child, forgetful);
  assert.ok(!isBounded(starts()));
  assert.equal(blames().length, 0);
});

/** Edits at these moments, whatever the child does; the longest wait from an edit to its restart. */
function editAt(speed: Pace, moments: readonly number[]) {
  const play = worldOf(speed, () => {});
  for (const at of moments) {
    play.world.agenda.after(at, () => edit(play.world));
  }
  play.until(moments[moments.length - 1] + 10_000);
  const starts = play.starts();
  const waits = moments.map((at) =>
    (starts.find((start) => start >= at) ?? Infinity) - at
  );
  return { ...play, longestMs: Math.max(...waits) };
}

Deno.test("feedback: edits at regular times are nobody's feedback, and the window is made longer once in a while at most", () => {
  const periods = fc.integer({ min: 3_000, max: 30_000 });
  fc.assert(
    fc.property(pace, periods, (speed, periodMs) => {
      const moments = Array.from(
        { length: 60 },
        (_, at) => 3_000 + at * periodMs,
      );
      const { blames, longestMs } = editAt(speed, moments);
      assert.deepEqual(blames(), []);
      const { debounceMs, stopMs, lookMs } = speed;
      const usualMs = debounceMs + stopMs + 4 * lookMs;
      const onceMs = 2 * Math.max(debounceMs, 750) - debounceMs;
      assert.ok(longestMs <= usualMs + onceMs + 1, `${longestMs}`);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("feedback: edits at a person's times are nobody's feedback", () => {
  const pauses = fc.array(fc.integer({ min: 1_500, max: 20_000 }), {
    minLength: 60,
    maxLength: 60,
  });
  fc.assert(
    fc.property(pace, pauses, (speed, list) => {
      let at = 3_000;
      const { blames } = editAt(speed, list.map((pause) => at += pause));
      assert.deepEqual(blames(), []);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("feedback: twenty edits 7 s apart wait for nothing but the usual window", () => {
  const speed = { debounceMs: 500, stopMs: 20, lookMs: 0 };
  const moments = Array.from({ length: 20 }, (_, at) => 7_000 * (at + 1));
  const { blames, longestMs, starts } = editAt(speed, moments);
  assert.deepEqual(blames(), []);
  assert.equal(starts().length, 21);
  assert.ok(longestMs <= 521, `${longestMs}`);
});
