/** What holds of every journal, in random schedules of the simulation. */
import assert from "node:assert/strict";
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import { record } from "../../../src/control/journal/record.ts";
import { stageOf } from "../../../src/control/journal/reloads/stage.ts";
import {
  type Histogram,
  type Journal,
  PHASES_MAX,
  type ReloadRecord,
  REPORTED_RELOADS,
} from "../../../src/control/vocabulary/journal.ts";
import type { TakenStep } from "../../../src/core/vocabulary/taken_step.ts";
import { step } from "../../../src/core/step.ts";
import { runSchedule } from "../../simulation/run.ts";
import { tell } from "../../simulation/schedule.ts";

/** Seeds from 1 on; the simulation tells about as many kinds of stories in so many. */
const SCHEDULES = 600;
/** Virtual time is no whole number, so sums of it are rounded. */
const ROUNDING_MS = 1e-6;
/** Any moment; the wall clock is not the clock of the model. */
const EPOCH = 1_700_000_000_000;

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

function checkReload(reload: ReloadRecord): void {
  const { phases, durationMs, startedClock, outcome, decided } = reload;
  assert.ok(phases.length <= PHASES_MAX, "the phases are bounded");
  let end = startedClock;
  let total = 0;
  phases.forEach((phase, at) => {
    const earlyMs = end - phase.startedClock;
    assert.ok(earlyMs <= ROUNDING_MS, `${phase.phase} overlaps`);
    assert.equal(
      phase.durationMs === undefined,
      outcome === undefined && at === phases.length - 1,
      "only the last phase of a reload under way is open",
    );
    end = phase.startedClock + (phase.durationMs ?? 0);
    total += phase.durationMs ?? 0;
  });
  assert.equal(durationMs === undefined, outcome === undefined);
  if (durationMs === undefined) return;
  assert.equal(decided, undefined);
  const excessMs = Math.max(total, reload.downtimeMs ?? 0) - durationMs;
  assert.ok(excessMs <= ROUNDING_MS, `${excessMs} ms more than the reload`);
}

function checkJournal(journal: Journal): void {
  const { reloads, current, unready, lastReloadId, outcomes } = journal;
  assert.ok(reloads.length <= REPORTED_RELOADS);
  reloads.forEach((reload, at) => {
    assert.ok(at === 0 || reload.id > reloads[at - 1].id, "ids rise");
    assert.notEqual(reload.outcome, undefined);
  });
  const open = [unready, current].filter((one) => one !== undefined);
  for (const reload of open) assert.equal(reload.outcome, undefined);
  [...reloads, ...open].forEach(checkReload);
  assert.equal(
    sum(outcomes) + open.length,
    lastReloadId,
    "every reload has ended or is under way",
  );
  if (unready !== undefined) assert.ok(unready.id < (current?.id ?? 0));
}

const totalOf = (histograms: Readonly<Record<string, Histogram>>) =>
  sum(Object.fromEntries(
    Object.entries(histograms).map(([name, { count }]) => [name, count]),
  ));

function checkNothingFalls(before: Journal, after: Journal): void {
  for (
    const counts of [
      "starts",
      "exits",
      "outcomes",
      "hints",
      "signalsForwarded",
    ] as const
  ) {
    for (const [name, count] of Object.entries(before[counts])) {
      const next: Readonly<Record<string, number>> = after[counts];
      assert.ok(next[name] >= count, `${counts} ${name}`);
    }
  }
  assert.ok(totalOf(after.phases) >= totalOf(before.phases));
  assert.ok(after.lastReloadId >= before.lastReloadId);
  assert.ok(after.foundByPoll >= before.foundByPoll);
  assert.ok(after.holds >= before.holds);
}

/** What the journal must have learnt from this step. */
function checkStep(before: Journal, taken: TakenStep, after: Journal): void {
  const { state } = taken.after;
  const stage = stageOf(state);
  const isUnderWay = stage !== undefined &&
    !(stage.kind === "replacing" && stage.reason === "rollback");
  if (isUnderWay) assert.notEqual(after.current, undefined, state.kind);
  const isAtRest = state.kind === "running" && stage === undefined &&
    state.readiness.kind !== "awaited";
  if (isAtRest && taken.event.kind === "observed") {
    const since = after.current?.phases.at(-1)?.startedClock ?? -Infinity;
    assert.ok(
      after.current === undefined || since > taken.event.startedAt,
      "a reload is under way, but nothing is",
    );
  }
  if (state.kind === "done") assert.equal(after.current, undefined);
  if (taken.after.reloads > taken.before.reloads) {
    const open = [after.current, after.unready];
    assert.ok(
      open.some((reload) => reload?.phases.at(-1)?.phase === "ready") ||
        sum(after.outcomes) > sum(before.outcomes),
      "content was put into effect, and no reload tells of it",
    );
  }
  const isRejected = taken.after.rejections > taken.before.rejections;
  const was = stageOf(taken.before.state);
  if (isRejected && was !== undefined) {
    const known = [after.current, ...after.reloads];
    assert.ok(
      known.some((reload) => isFailed(reload) && !isEndedIn(before, reload)),
      "a rejection is not in the journal",
    );
  }
}

const isFailed = (reload: ReloadRecord | undefined): boolean =>
  ["rejected", "rolled_back", "failed"].includes(
    reload?.decided ?? reload?.outcome ?? "",
  );

/** Whether it had ended before; one that is under way may be refused again. */
const isEndedIn = (
  { reloads }: Journal,
  reload: ReloadRecord | undefined,
): boolean => reloads.some(({ id }) => id === reload?.id);

/** What the log says was forwarded, but for content that a signal tells of. */
function forwardedIn({ effects, before, event }: TakenStep): number {
  const texts = effects.flatMap((effect) =>
    effect.kind === "log" ? [effect.message.text] : []
  );
  const forwarded = texts.filter((text) => text.startsWith("Forwarding "));
  const telling = texts.filter((text) =>
    text.startsWith("Config file change detected, sending ") &&
    !text.endsWith("when it is ready")
  );
  // What is left of a group gets it without a line of the log.
  const swept = [before.state, before.retiring].flatMap((one) =>
    one?.kind === "sweeping" ? [one.run] : []
  );
  const unlogged = effects.filter((effect) =>
    event.kind === "signal" && effect.kind === "signal" &&
    effect.signal !== "SIGKILL" && swept.includes(effect.run)
  );
  return forwarded.length - telling.length + unlogged.length;
}

/** Plays the schedule of a seed, and checks its journal after every step. */
function play(seed: number): Journal {
  const { policy } = tell(seed);
  let journal = emptyJournal(EPOCH, policy.configs.map(({ path }) => path));
  let spawned = 0;
  let forwarded = 0;
  let failure: unknown;
  runSchedule(seed, (model, event, policy) => {
    const transition = step(model, event, policy);
    const { effects, model: after } = transition;
    const taken = { event, before: model, after, effects };
    const next = record(journal, taken, EPOCH + 2 * event.at);
    // The loop would take what is thrown here for a bug of the core.
    try {
      checkJournal(next);
      checkNothingFalls(journal, next);
      checkStep(journal, taken, next);
    } catch (error) {
      failure ??= error;
    }
    journal = next;
    // Late answers change nothing.
    if (event.kind === "spawned" && after !== model) spawned++;
    forwarded += forwardedIn(taken);
    return transition;
  });
  if (failure !== undefined) throw failure;
  assert.equal(sum(journal.starts), spawned);
  assert.equal(sum(journal.signalsForwarded), forwarded);
  assert.equal(journal.children.length, spawned - sum(journal.exits));
  assert.equal(journal.current, undefined);
  return journal;
}

Deno.test("journal: in random schedules every reload ends, in phases that do not overlap, and nothing is forgotten", () => {
  const outcomes: Record<string, number> = {};
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    let journal;
    try {
      journal = play(seed);
    } catch (error) {
      throw new Error(`schedule ${seed}`, { cause: error });
    }
    for (const [name, count] of Object.entries(journal.outcomes)) {
      outcomes[name] = (outcomes[name] ?? 0) + count;
    }
  }
  const seen = new Set(
    Object.keys(outcomes).map((name) => name.split(":")[1]),
  );
  assert.deepEqual([...seen].sort(), [
    "applied",
    "failed",
    "interrupted",
    "rejected",
    "reverted",
    "rolled_back",
    "superseded",
  ]);
});
