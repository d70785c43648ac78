/**
 * What must hold of safe reloads. Each is checked from what was done to the
 * children and what the simulated system answered, not from what the core
 * believes.
 */
import { FLEET_RETRY, type Policy } from "../../src/core/vocabulary/policy.ts";
import { checkGap, isRequested } from "./command_invariants.ts";
import { type Answers, isRefused, keyOf } from "./reloads.ts";
import { checkTurnTaken } from "./slot_invariants.ts";
import type { Story } from "./schedule.ts";
import type { Failure, Rejection } from "./trials.ts";
import { Violation } from "./violation.ts";
import type { World } from "./world.ts";
import type { Child, Deed } from "./child.ts";

/** A new child gets this long before it is told of anything without a sign. */
const HELD_MS = 1_000;
/** The longest that a schedule takes for an action. */
const ACTION_MAX_MS = 3_000;
/** Who has recovered by then has been tried again before a schedule settles. */
const RECOVERED_MS = 60_000;

/** Holds after every step. */
export function checkReloads(story: Story): void {
  const { world } = story;
  if (story.batches.fault !== undefined) {
    throw new Violation("batch", story.batches.fault);
  }
  const { fault } = world.reloads.copies;
  if (fault !== undefined) throw new Violation("saved-content", fault);
  checkNames(story);
  const { premature } = world;
  if (premature !== undefined) {
    const detail = `run ${premature.run} was started without them`;
    throw new Violation("dependencies", detail);
  }
  if (story.missed !== undefined) {
    throw new Violation("signals-kept", story.missed);
  }
  for (; story.judged < world.deeds.length; story.judged++) {
    const deed = world.deeds[story.judged];
    const reload = isReload(story, deed);
    if (reload) checkVetted(story, deed);
    if (reload) checkGap(story, deed);
    checkRollback(story, deed);
    checkRetry(story, deed);
    if (reload) checkHold(story, deed);
    if (reload) checkTurn(story, deed);
    if (reload) checkTurnTaken(story, deed);
    checkFeedback(story, deed);
  }
}

/** A child finds what it has, unless an action is under way for it. */
function checkNames({ world, policy }: Story): void {
  if (!policy.snapshots || isSilent(policy)) return;
  const { reloads } = world;
  for (const { run, alive, read, doubt } of world.children) {
    if (!alive || reloads.isActing(run)) continue;
    const [name, key] = [reloads.copies.nameOf(run), keyOf(read)];
    // An earlier action of a batch that failed may have told it of other content.
    if (doubt !== undefined) continue;
    if (name === key || reloads.copies.wasLost) continue;
    throw new Violation("own-content", `${name} is found, ${key} is used`);
  }
}

/** Whether this is the moment when new content reaches a child that runs. */
function isReload(story: Story, deed: Deed): boolean {
  switch (deed.kind) {
    case "vet":
      return false;
    case "act":
    case "tell":
      return true;
    case "spawn":
      return deed.beside !== undefined;
    case "stop":
      return deed.beside === undefined && isStopForReload(story, deed.child);
  }
}

/** Nothing else explains why this child is stopped. */
function isStopForReload(story: Story, child: Child): boolean {
  const { world, arrived, bugAt, commands: { halts } } = story;
  const asked = arrived.some(({ signal }) =>
    signal === "SIGTERM" || signal === "SIGINT"
  );
  const halted = halts.some((at) => at >= child.startedAt);
  return !asked && bugAt === undefined && !halted &&
    !world.liveness.called.has(child.run) && !world.trials.hasFailed(child);
}

/** What has been refused is left alone until the paths change, or circumstances have had their time. */
function checkRetry(story: Story, deed: Deed): void {
  const { kind, child, changes } = deed;
  if (kind === "stop" || kind === "tell") return;
  // Nobody knows yet that it is what was refused.
  const isWork = deed.kind === "vet" || deed.kind === "act";
  if (isWork && !deed.isWhole) return;
  const key = kind === "spawn" ? deed.asked ?? deed.key : deed.key;
  const rejection = story.world.trials.rejections.get(key);
  if (rejection === undefined || rejection.changes !== changes) return;
  if (isRetryDue(story, rejection, deed.at)) return;
  const had = kind === "spawn" && lastKey(story, deed) === key;
  // The child that failed was to be restarted already, for a request.
  if (had && isByChild(rejection) && isRequestedAtAll(story)) return;
  if (isForced(story, rejection)) return;
  // An operator had asked for its end, so nobody waited for its sign.
  if (had && isByChild(rejection) && isHaltedAt(story, rejection)) return;
  // A reload is about the child's own content too, which it may have against the
  // check (atStart: warn), or since a start by itself after an action had failed.
  const staying = kind === "spawn" ? deed.beside : child;
  const isOwn = staying !== undefined && keyOf(staying.read) === key;
  if (isOwn && isRequested(story, staying)) return;
  // Nobody knows whether the child has it: what it has is decided on once more.
  if (isOwn && story.world.doubted.has(staying.run)) return;
  // There is nothing else to start on.
  const only = !story.policy.snapshots || had;
  const alone = kind === "spawn" ? deed.beside === undefined : !child;
  const unvetted = rejection.by === "check" || rejection.by === "no check";
  if (alone && (kind === "vet" || (unvetted && only))) return;
  if (alone && !story.policy.snapshots) return;
  // What was good was damaged: there may be nothing else to start on.
  if (alone && story.world.reloads.copies.wasLost) return;
  // The last good content is what there is, also if a later child was late on it.
  if (alone && deed.kind === "spawn" && story.world.trials.worked(key)) {
    const { reason } = deed.child;
    if (reason === "rollback") return;
    if (had && (isRevival(reason) || reason === "request")) return;
  }
  // A child was ready with it once, started against the check (atStart: warn).
  const worked = story.world.trials.worked(key);
  if (alone && unvetted && worked) return;
  throw new Violation(
    "rejected-is-not-retried",
    `${kind} of ${key}, refused by the ${rejection.by}`,
  );
}

const isByChild = ({ by }: Rejection): boolean =>
  by === "child" || by === "kill";

/** Whether a child follows one that has ended by itself or hung, and not a change. */
const isRevival = (reason: Child["reason"]): boolean =>
  reason === "crash" || reason === "liveness";

const isRequestedAtAll = ({ commands, reloadSignals }: Story): boolean =>
  commands.reloads.length > 0 || reloadSignals.granted.length > 0;

/** Whether a child that was to be halted had its drain delay then. */
const isHaltedAt = (
  { commands: { halts }, policy: { drainDelayMs }, world }: Story,
  { at }: Rejection,
): boolean =>
  halts.some((haltedAt) =>
    haltedAt <= at &&
    at <= haltedAt + drainDelayMs + world.agenda.leaptMs + world.inbox.frozenMs
  );

/** Whether an operator has asked for it since, or had asked and nothing had come of that yet. */
const isForced = (
  { commands: { forced, forcedUntil } }: Story,
  { at }: Rejection,
): boolean => forcedUntil >= at || forced.some((forcedAt) => forcedAt >= at);

/** Whether the wait after a rejection by circumstances is over. */
function isRetryDue(
  { policy: { retryRejected } }: Story,
  { by, at, times }: Rejection,
  now: number,
): boolean {
  const retry = by === "kill" ? FLEET_RETRY : retryRejected;
  if (by === "check" || retry === undefined) return false;
  const { firstMs, maxMs } = retry;
  // Virtual time is not exact.
  return now >= at + Math.min(firstMs * 2 ** (times - 1), maxMs) - 1;
}

/** What the child before this one had; undefined for the first one. */
function lastKey({ world }: Story, deed: Deed): string | undefined {
  const earlier = world.children.filter((other) => other !== deed.child);
  const last = earlier.at(-1);
  return deed.kind !== "spawn" || last === undefined
    ? deed.key
    : keyOf(last.read);
}

/** After a child that failed on new content comes one on the last good one. */
function checkRollback(
  story: Story,
  deed: Deed,
): void {
  const { world, policy, commands } = story;
  const { open } = world.trials;
  if (deed.kind !== "spawn" || open === undefined) return;
  if (deed.child.run <= open.run) return;
  world.trials.open = undefined;
  // Which of two overdue timers comes first decides what was proven.
  if (world.agenda.leaptMs > 0) return;
  if (world.reloads.copies.wasLost) return;
  if (isRequested(story, open)) return;
  if (commands.halts.some((at) => at >= open.startedAt)) return;
  const other = deed.key !== open.key && open.good.has(deed.key);
  if (deed.beside !== undefined || other) return;
  if (isRollbackRefused(story, open, deed.child, deed)) return;
  // What nobody was told of is no part of what children were ready with.
  if (isSilent(policy) && deed.key !== open.key) return;
  throw new Violation(
    "rollback",
    `after ${open.key} failed, ${deed.key} is started and not ${[
      ...open.good,
    ]}`,
  );
}

/** The hook before the last good content has failed, and other content is there by now, or the turn of what failed: on trial, it is tried in its place. */
function isRollbackRefused(
  story: Story,
  { key, startedAt, changes }: Failure,
  { reason }: Child,
  deed: Pick<Deed, "at" | "changes">,
): boolean {
  const { hooks, trials } = story.world;
  if (hooks.failedAt < startedAt || isRevival(reason)) return false;
  const rejection = trials.rejections.get(key);
  const isDue = rejection !== undefined &&
    isRetryDue(story, rejection, deed.at);
  return isDue || deed.changes !== changes;
}

/** Nothing touches a child that runs before the check has said yes. */
function checkVetted({ world, policy }: Story, deed: Deed): void {
  if (policy.vetting === undefined || deed.kind === "tell") return;
  const { verdict } = world.reloads;
  const child = deed.kind === "spawn" ? deed.beside : deed.child;
  const since = child?.startedAt ?? 0;
  if (verdict?.kind === "approved" && verdict.at >= since) return;
  throw new Violation(
    "vetted-before-touched",
    `${deed.kind} after ${verdict?.kind ?? "no"} verdict`,
  );
}

/** What was begun before changes are held back may still have its delay. */
function checkHold(story: Story, deed: Deed): void {
  const {
    commands: { hold },
    policy,
    world: { agenda: { leaptMs }, inbox: { frozenMs } },
  } = story;
  if (hold === undefined) return;
  // A batch that was begun is carried out to its end.
  if (deed.kind === "act" && !deed.isFirst) return;
  const delayMs = deed.kind === "stop"
    ? policy.drainDelayMs
    : deed.kind === "tell"
    ? Math.max(HELD_MS, policy.ready.timeoutMs) + earlierActionsMs(policy)
    : 0;
  const forMs = deed.at - hold.since;
  if (forMs <= delayMs + leaptMs + frozenMs) return;
  const detail = `${deed.kind} ${forMs} ms after changes were held back`;
  throw new Violation("hold", detail);
}

/** What the other actions of a batch may take before its signal. */
const earlierActionsMs = ({ configs, onChange }: Policy): number =>
  ACTION_MAX_MS * new Set(
    configs.map(({ action = onChange }) => action.kind).filter((kind) =>
      kind === "exec" || kind === "http"
    ),
  ).size;

/** Between two reloads there is the time that was asked for. */
function checkTurn(story: Story, deed: Deed): void {
  if (deed.kind === "tell") return;
  if (deed.kind === "act" && !deed.isFirst) return;
  const { minIntervalMs, drainDelayMs } = story.policy;
  const { agenda: { leaptMs }, inbox: { frozenMs } } = story.world;
  const earlyMs = drainDelayMs + leaptMs + frozenMs;
  const sinceMs = deed.at - (story.reloadedAt ?? -Infinity);
  story.reloadedAt = deed.at;
  const child = deed.kind === "spawn" ? deed.beside : deed.child;
  if (child !== undefined && isRequested(story, child)) return;
  // Virtual time is not exact.
  if (sinceMs >= minIntervalMs - earlyMs - 1) return;
  throw new Violation("turn", `${sinceMs} ms after the one before`);
}

/** This soon after each other, what a child is told may be its own answer. */
const SOON_MS = 10_000;
/** So many in a row are free; after as many again the quiet window has grown to its full length. */
const FREE = 5;
const GROWTH_MAX = 10;
/** The window grows from this, if `--debounce` is shorter. */
const WINDOW_MIN_MS = 750;

/** Who rewrites the content whenever it is told of it is not told without end. */
function checkFeedback(story: Story, deed: Deed): void {
  const { kind, at } = deed;
  if (kind !== "tell" && kind !== "act") return;
  if (kind === "act" && !deed.isFirst) return;
  const { told, tunings, world } = story;
  const { rewrites } = world;
  const others = othersOf(story);
  const sinceMs = at - told.at;
  const isAnswer = sinceMs < SOON_MS && rewrites > told.rewrites &&
    others === told.others;
  const streak = isAnswer ? told.streak + 1 : 0;
  story.told = { at, streak, rewrites, others };
  const windowMs = Math.min(
    ...tunings.flatMap(({ debounceMs, debounceMaxMs }) => [
      GROWTH_MAX * Math.max(debounceMs, WINDOW_MIN_MS),
      Math.max(debounceMs, debounceMaxMs),
    ]),
  );
  // Virtual time is not exact.
  if (streak <= 2 * FREE || sinceMs >= windowMs - 1) return;
  const detail = `told ${streak} times in a row, ${sinceMs} ms apart`;
  throw new Violation("reloads-bounded", detail);
}

/** Who else writes, a slow look, a path that takes long to read, a leap or a freeze changes when the child's own change is seen. */
const othersOf = ({ world }: Story): number =>
  world.disk.changes - world.rewrites + world.slowLooks +
  world.paths.spentMs + world.agenda.leaptMs + world.inbox.frozenMs;

/** Whether some change asks for nothing: the child has not heard of it. */
const isSilent = ({ configs, onChange }: Policy): boolean =>
  configs.some(({ action }) => (action ?? onChange).kind === "none");

/** Whether something was waited for in vain, which has no other turn. */
const isGivenUp = ({ reloads }: World, { retryRejected }: Policy): boolean =>
  reloads.outwaited > 0 && retryRejected === undefined;

/** Whether the child may well have other content than the paths: theirs was refused. */
export function isExcused(
  { world, policy, answers }: Story,
  child: Child,
): boolean {
  if (answers === undefined) return false;
  // Who nobody tells of a change has other content by right. When the clock leaps,
  // or content comes and goes within a moment, nobody sees what a child has read.
  if (isSilent(policy) || child.unnoticed) return true;
  if (world.agenda.leaptMs > 0) return true;
  if (isGivenUp(world, policy)) return true;
  const { entries } = world.disk;
  const { rejections, troubles } = world.trials;
  const refused = [...rejections.keys(), ...troubles].some((key) =>
    // Without a path there is no entry.
    key.split(",").every((part, at) => {
      const entry = entries.at(at);
      return entry?.kind !== "content" || part === String(entry.content);
    })
  );
  return refused && keyOf(child.read) !== keyOf(entries);
}

/**
 * Whether the child must have what the paths hold although that was rejected once:
 * its check has nothing against it, all else has recovered, and the longest wait
 * between two attempts is over.
 */
export function isRetryOwed(
  { world, policy, answers }: Story,
  child: Child,
): boolean {
  if (answers === undefined || policy.retryRejected === undefined) return false;
  if (isSilent(policy) || child.unnoticed) return false;
  const { agenda, disk: { entries }, trials } = world;
  if (agenda.leaptMs > 0 || answers.recoversAt > RECOVERED_MS) return false;
  const key = keyOf(entries);
  if (isRefused(key, answers)) return false;
  // A path that cannot be read is no content to be retried.
  return trials.rejections.has(key) || trials.troubles.has(key);
}

/** After an action that failed, the child is told of the next content, whatever that is. */
export function checkDoubt(
  { world, policy, answers }: Story,
  { doubt }: Child,
): void {
  if (answers === undefined || doubt === undefined) return;
  const key = keyOf(world.disk.entries);
  if (doubt === key || world.trials.rejections.has(key)) return;
  if (isGivenUp(world, policy)) return;
  // Nothing is asked for, or not with a path that is gone.
  if (isSilent(policy) || key.includes("-") || world.agenda.leaptMs > 0) return;
  throw new Violation(
    "doubt-is-settled",
    `an action for ${doubt} failed, and nothing came of ${key}`,
  );
}

/** Holds when writers have rested: the child has no content that the check refuses, and is found where it was told. */
export function checkSettledReload(story: Story, child: Child): void {
  const { world, policy, answers } = story;
  if (answers === undefined || !policy.snapshots) return;
  const key = keyOf(child.read);
  // Without a good copy there may be nothing else to start on.
  if (world.reloads.copies.wasLost) return;
  checkApproved(policy.vetting?.atStart === "fail", key, answers);
  const { active } = world.reloads.copies;
  if (active === key || isSilent(policy) || child.doubt !== undefined) return;
  throw new Violation("saved-content", `${active} is found, ${key} is used`);
}

function checkApproved(strict: boolean, key: string, answers: Answers): void {
  if (!strict || !isRefused(key, answers)) return;
  throw new Violation("newest-content", `the child has ${key}, refused`);
}
