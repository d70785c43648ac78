/**
 * A child that rewrites its own configuration at each reload is slowed down and told
 * of; somebody who edits, however regularly, is not taken for one. The real core and
 * loop on the simulated system, with numbers that fast-check chooses.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { step } from "../../src/core/step.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Action } from "../../src/core/vocabulary/settings.ts";
import { QUICK } from "./stepping.ts";
import { CONFIG_SIGNAL } from "./trials.ts";
import { World } from "./world.ts";

const BLAME = "does the child rewrite its own configuration?";
const PATH = 0;
const SEED = 20_261_129;
const RUNS = 150;

/** How a schedule goes: what a change leads to, the quiet window, how long a stop and a look take. */
interface Pace {
  readonly onChange: Action;
  readonly debounceMs: number;
  readonly stopMs: number;
  readonly lookMs: number;
}

const RESTART: Action = { kind: "restart" };
const SIGNAL: Action = { kind: "signal", signal: CONFIG_SIGNAL };

const pace: fc.Arbitrary<Pace> = fc.record({
  onChange: fc.constantFrom(RESTART, SIGNAL),
  debounceMs: fc.constantFrom(0, 50, 500, 1_000),
  stopMs: fc.integer({ min: 0, max: 400 }),
  lookMs: fc.integer({ min: 0, max: 30 }),
});

/** A world with one path, where a start, or a signal that tells of a change, is followed by `onReload`. */
function worldOf(
  { onChange, debounceMs, stopMs, lookMs }: Pace,
  onReload: (world: World, nth: number) => void,
  decide: typeof step = step,
) {
  const debounceMaxMs = 5_000;
  const policy: Policy = { ...QUICK, onChange, debounceMs, debounceMaxMs };
  const said: string[] = [];
  const reloads: number[] = [];
  const reloaded = () => {
    reloads.push(world.agenda.now);
    onReload(world, reloads.length);
  };
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
        reloaded();
      },
      signal: (run, signal, to) => {
        host.signal(run, signal, to);
        if (signal === CONFIG_SIGNAL) reloaded();
      },
    }),
  });
  const { agenda, loop } = world;
  agenda.after(0, () => loop.dispatch({ kind: "begin" }));
  const blames = () => said.filter((line) => line.includes(BLAME));
  const until = (end: number) => {
    while (agenda.now < end && agenda.step(end));
  };
  return { world, blames, reloads, until };
}

let next = 1;
/** Other content than before, and its event. */
function edit({ disk, loop }: World): void {
  disk.set(PATH, { kind: "content", content: ++next }, true);
  loop.dispatch({ kind: "hint", cause: "event" });
}

/** A child that writes so long after its start, or the signal, each time a little earlier or later. */
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
  const play = worldOf(speed, (world, nth) => {
    const jitter = jitterMs[nth % jitterMs.length];
    world.agenda.after(afterMs + jitter, () => edit(world));
  }, decide);
  play.until(MINUTES_MS);
  return play;
}

/** Whether the loop ends up as slow as the longest quiet window makes it. */
function isBounded(reloads: readonly number[]): boolean {
  const late = reloads.filter((at) => at > MINUTES_MS / 2);
  // Virtual time is not exact.
  return late.slice(1).every((at, index) => at - late[index] >= 5_000 - 1);
}

Deno.test("feedback: a child that rewrites its configuration at each reload is slowed down, and told of", () => {
  fc.assert(
    fc.property(pace, rewriting, (speed, child) => {
      const { blames, reloads } = loopOf(speed, child);
      assert.ok(isBounded(reloads), reloads.join(" "));
      assert.ok(blames().length > 0);
      assert.ok(blames().every((line) => line.startsWith("warn ")));
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

Deno.test("feedback: a core that forgets its reloads is caught", () => {
  const forgetful: typeof step = (model, event, policy) =>
    step(
      { ...model, feedback: { distanceMs: 0, reloads: 0 } },
      event,
      policy,
    );
  const speed = { onChange: RESTART, debounceMs: 500, stopMs: 10, lookMs: 0 };
  const child = { afterMs: 50, jitterMs: [0] };
  const { blames, reloads } = loopOf(speed, child, forgetful);
  assert.ok(!isBounded(reloads));
  assert.equal(blames().length, 0);
});

/** Edits at these moments, whatever the child does; the longest wait from an edit to its reload. */
function editAt(speed: Pace, moments: readonly number[]) {
  const play = worldOf(speed, () => {});
  for (const at of moments) {
    play.world.agenda.after(at, () => edit(play.world));
  }
  play.until(moments[moments.length - 1] + 10_000);
  const waits = moments.map((at) =>
    (play.reloads.find((reload) => reload >= at) ?? Infinity) - at
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
  const speed = { onChange: RESTART, debounceMs: 500, stopMs: 20, lookMs: 0 };
  const moments = Array.from({ length: 20 }, (_, at) => 7_000 * (at + 1));
  const { blames, longestMs, reloads } = editAt(speed, moments);
  assert.deepEqual(blames(), []);
  assert.equal(reloads.length, 21);
  assert.ok(longestMs <= 521, `${longestMs}`);
});
