/**
 * What must hold whatever happens. Each is checked from what the simulated
 * system saw, not from what the core believes. The list is the one in
 * ARCHITECTURE.md.
 */
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_HUNG,
  EXIT_KILLED,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
  exitCodeOf,
  isClean,
} from "../../src/core/vocabulary/exit_status.ts";
import { SIGNAL_NUMBERS } from "../../src/core/vocabulary/signals.ts";
import { checkCommands, checkDecided } from "./command_invariants.ts";
import { checkEnds, isRestOurs } from "./ending_invariants.ts";
import { checkHooks, checkHooksAtEnd } from "./hook_invariants.ts";
import {
  checkDoubt,
  checkReloads,
  checkSettledReload,
  isExcused,
  isRetryOwed,
} from "./reload_invariants.ts";
import { checkHung } from "./liveness_invariants.ts";
import { checkGivenBack, checkRested, checkSlots } from "./slot_invariants.ts";
import { checkReloadSignalled, checkReloadSignals } from "./reload_signals.ts";
import { fateOf, keyOf } from "./reloads.ts";
import type { Story } from "./schedule.ts";
import { type Invariant, Violation } from "./violation.ts";
import type { Child } from "./child.ts";

/** Slack for looks and probes under way. */
const SLACK_MS = 600;
const KILL_GRACE_MS = 1_000;
/** After a freeze: what is left of the time of the stop, and of SIGKILL's. */
const AFTER_THAW_MS = 2 * KILL_GRACE_MS + SLACK_MS;
/** The longest that a child of a schedule outlives SIGKILL. */
const KILL_MAX_MS = 3_000;

/** The longest that a schedule takes to save and check some content, three times, and to find out that a start failed. */
const FIRST_VETTING_MS = 24_000;

/** Every child takes signals after this: it is ready, or its time is over. */
const SIGNALS_TAKEN_MS = 5_000;

/** Holds after every step. */
export function checkAlways(story: Story): void {
  const { world, policy } = story;
  if (world.brokenPromise !== undefined) {
    throw new Violation("promises", world.brokenPromise);
  }
  if (world.hastyVerdict !== undefined) {
    throw new Violation("no-verdict-on-unseen-evidence", world.hastyVerdict);
  }
  if (world.hastyLiveVerdict !== undefined) {
    throw new Violation(
      "no-live-verdict-on-unseen-evidence",
      world.hastyLiveVerdict,
    );
  }
  checkHung(story);
  checkSlots(story);
  checkFamilies(story);
  checkEnds(story);
  checkFirstStart(story);
  checkCommands(story);
  checkReloadSignals(story);
  const restarts = world.children.length - 1;
  const retries = policy.retryRejected === undefined
    ? 0
    : world.trials.setbacks;
  const allowed = world.disk.changes + allowedRevivals(story) +
    story.commands.reloads.length + story.reloadSignals.granted.length +
    story.commands.starts.length +
    world.trials.failures + retries + world.hooks.failures +
    // What cannot be saved again is tried again beside the last content.
    world.reloads.copies.losses +
    // What is written before it was read counts as changed, also if it is the same.
    world.unverified.size;
  if (restarts > allowed) {
    const detail = `${restarts} restarts, ${allowed} are accounted for`;
    throw new Violation("restarts-bounded", detail);
  }
  const asked = askedAt(story);
  const late = asked === undefined ? 0 : world.agenda.now - asked;
  if (late > stopBoundMs(story) && !isExcusedByFreeze(story)) {
    throw new Violation("prompt-end", `${late} ms after it was asked to stop`);
  }
  const latest = world.children.at(-1);
  if (asked !== undefined && latest !== undefined && latest.startedAt > asked) {
    throw new Violation("nothing-after-stop", `run ${latest.run} started`);
  }
  checkHooks(story, asked);
  if (story.rest.fault !== undefined) {
    throw new Violation("at-rest", story.rest.fault);
  }
  if (story.patience.fault !== undefined) {
    throw new Violation("patience", story.patience.fault);
  }
  if (story.answers !== undefined) checkReloads(story);
}

/** Content that does not rest does not keep the first child waiting for ever. */
function checkFirstStart(story: Story): void {
  const { world, tunings } = story;
  const { kind } = world.loop.model.state;
  const isStarting = kind === "preparing" || kind === "proving";
  // A start that failed is followed by a new one.
  if (!isStarting) story.startingSince = undefined;
  if (world.children.length > 0 || !isStarting) return;
  story.startingSince ??= world.agenda.awake;
  const maxMs = tunings.map(({ debounceMs, debounceMaxMs }) =>
    Math.max(debounceMs, debounceMaxMs)
  );
  const boundMs = Math.max(...maxMs) + FIRST_VETTING_MS +
    world.inbox.frozenMs + world.agenda.leaptMs + world.paths.spentMs;
  const sinceMs = world.agenda.awake - story.startingSince;
  if (sinceMs <= boundMs) return;
  throw new Violation("start-bounded", `no child after ${sinceMs} ms`);
}

/** At most one child; two while one takes the place of the other. */
function checkFamilies(story: Story): void {
  const { world, policy } = story;
  const overlap = policy.strategy === "overlap";
  const alive = world.children.filter((child) => child.alive);
  if (alive.length > (overlap ? 2 : 1)) {
    throw new Violation("one-child", `runs ${alive.map((child) => child.run)}`);
  }
  const sinceMs = world.agenda.now - (alive[1]?.startedAt ?? Infinity);
  const boundMs = stopBoundMs(story) + policy.ready.timeoutMs + KILL_MAX_MS +
    world.inbox.frozenMs;
  if (sinceMs > boundMs && !isExcusedByFreeze(story)) {
    throw new Violation("one-child", `two for ${sinceMs} ms`);
  }
  const latest = world.children.at(-1);
  const left = world.children.filter((child) =>
    child !== latest && (isRestOurs(child) || (overlap && child.alive))
  );
  const crowd = left.length > (overlap ? 1 : 0) ? left[0] : world.crowdedBy;
  if (crowd !== undefined) {
    throw new Violation("group-before-respawn", `run ${crowd.run} left some`);
  }
}

/** Restarts that the crash policy allows for the children that ended by themselves, or hung. */
function allowedRevivals({ world, policy }: Story): number {
  const { restart, max } = policy.crash;
  const ended = world.children.filter(({ run, end, askedToStop }) =>
    world.liveness.called.has(run) ||
    (end !== undefined && !askedToStop &&
      (restart === "always" ||
        (restart === "on-failure" && !isClean(end.status))))
  );
  if (max === undefined) return ended.length;
  const windows = Math.floor(world.agenda.now / max.windowMs) + 1;
  return Math.min(ended.length, max.count * windows);
}

/** When the manager was first asked to stop, while it still ran. */
function askedAt(story: Story): number | undefined {
  return story.arrived.find(({ signal }) =>
    signal === "SIGTERM" || signal === "SIGINT"
  )?.at;
}

/** How long an asked stop may take: the child's time, then the kernel's. */
function stopBoundMs(story: Story): number {
  return story.policy.drainDelayMs + story.policy.stopTimeoutMs +
    KILL_GRACE_MS + SLACK_MS +
    story.world.agenda.leaptMs;
}

/**
 * Whether the manager did not run, or has just begun to do what was due meanwhile:
 * the children that it had sent the stop signal before have little time left.
 */
function isExcusedByFreeze(story: Story): boolean {
  const { world } = story;
  if (world.inbox.thawedAt === 0) return world.inbox.isFrozen;
  const sinceMs = world.agenda.now - world.inbox.thawedAt;
  // Before the stop signal, what is left of the drain delay goes on.
  const drainMs = world.stopAskedAt < (askedAt(story) ?? 0)
    ? story.policy.drainDelayMs
    : 0;
  // From the stop signal on, the child's time goes on in real time.
  const boundMs = world.stopAskedAt < world.inbox.thawedAt
    ? Math.max(
      AFTER_THAW_MS + drainMs,
      world.stopAskedAt + stopBoundMs(story) - world.inbox.thawedAt,
    )
    : stopBoundMs(story);
  return world.inbox.isFrozen || sinceMs <= boundMs;
}

/** Holds when the writers have rested long enough and no stop was asked for. */
export function checkSettled(story: Story): void {
  const { world } = story;
  checkDecided(story);
  checkRested(story);
  checkReloadSignalled(story);
  const staying = world.children.filter((one) => one.alive && !one.askedToStop);
  const child = staying.at(-1);
  // Its start was not asked for, or was refused.
  if (child === undefined && world.loop.model.state.kind === "halted") return;
  if (child === undefined || staying.length > 1) {
    if (staying.length === 0 && isHopeless(story)) return;
    if (isTriedForEver(story)) return;
    throw new Violation("newest-content", `there are ${staying.length}`);
  }
  const isOwed = isRetryOwed(story, child);
  const byHook = isRejectedByHook(story);
  if (!byHook && (isOwed || !isExcused(story, child))) {
    checkNewest(story, child, isOwed ? "failed-is-retried" : "newest-content");
  }
  if (!byHook) checkDoubt(story, child);
  checkSettledReload(story, child);
  // A child that ends again and again may never take what waits for it.
  if (world.agenda.awake - child.startedAwake > SIGNALS_TAKEN_MS) {
    checkSignals(story);
  }
}

/** New content was given up because its `--before-start` failed, and has no other turn or not had it yet. */
const isRejectedByHook = ({ world, policy }: Story): boolean =>
  world.hooks.failures > 0 &&
  (policy.snapshots || policy.strategy === "overlap");

/** No child can live with what the paths hold, or with what the last one had. */
function isHopeless({ world, answers }: Story): boolean {
  if (answers === undefined) return false;
  const had = world.children.at(-1)?.read ?? [];
  return [world.disk.entries, had].some((entries) =>
    fateOf(keyOf(entries), answers, world.agenda.now) === "exits"
  );
}

/** Content that never recovers may have another turn just now. */
const isTriedForEver = ({ policy, answers }: Story): boolean =>
  policy.retryRejected !== undefined && answers?.recoversAt === Infinity;

function checkNewest(
  { world, policy }: Story,
  child: Child,
  invariant: Invariant,
): void {
  world.disk.entries.forEach((entry, path) => {
    const action = policy.configs[path].action ?? policy.onChange;
    if (entry.kind !== "content" || action.kind === "none") return;
    const read = child.read[path];
    if (read.kind === "content" && read.content === entry.content) return;
    const detail = `path ${path} holds ${entry.content}, the child has ${
      JSON.stringify(read)
    }`;
    throw new Violation(invariant, detail);
  });
}

/** Holds at the end. */
export function checkEnd(story: Story, code: number): void {
  const { world } = story;
  const survivor = world.children.find((child) =>
    (story.policy.killMode !== "main" && child.siblingAlive) ||
    (child.alive && child.character.killMs < KILL_GRACE_MS)
  );
  if (survivor !== undefined) {
    throw new Violation("released", `run ${survivor.run} is still there`);
  }
  checkHooksAtEnd(story, askedAt(story));
  checkGivenBack(story);
  const allowed = allowedCodes(story);
  if (!allowed.includes(code)) {
    throw new Violation("exit-code", `${code} is not in ${allowed}`);
  }
}

/** The table of exit codes, from what the children saw. */
function allowedCodes(story: Story): number[] {
  const { world, bugAt } = story;
  const { spawnFailure } = world;
  if (bugAt !== undefined) return [EXIT_BUG];
  // Without its copy, a later start is refused for what the first one is.
  const bare = world.children.length === 0 || world.reloads.copies.wasLost;
  const refused = [
    ...(bare ? childlessCodes(story) : []),
    ...(world.reloads.outwaited > 0 ? [EXIT_CHECK_FAILED] : []),
    ...(world.hooks.failures > 0 ? [EXIT_CHECK_FAILED] : []),
  ];
  if (spawnFailure !== undefined) {
    if (askedAt(story) !== undefined) return [EXIT_OK, ...refused];
    const notFound = spawnFailure.kind === "not-found";
    return [notFound ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE, ...refused];
  }
  const { children } = world;
  if (wasHalted(story)) refused.push(EXIT_OK);
  if (children.length === 0) return refused;
  if (world.liveness.called.size > 0 && canGiveUp(story)) {
    refused.push(EXIT_HUNG);
  }
  const own = childrenThatCount(story).flatMap((child) =>
    codesOf(story, child)
  );
  return [...own, ...refused];
}

/** Whether the manager may end because a child hangs. */
const canGiveUp = ({ policy: { live, crash } }: Story): boolean =>
  live?.action.kind === "exit" || crash.max !== undefined;

/** Whether no child was there when it was asked to stop, because an operator wanted none. */
const wasHalted = (story: Story): boolean =>
  askedAt(story) !== undefined && story.commands.halts.length > 0;

/** In an overlap the one whose place was not taken yet counts: stopped with the manager, or the last that ended by itself. */
function childrenThatCount(story: Story): Child[] {
  const { children } = story.world;
  if (story.policy.strategy !== "overlap") return children.slice(-1);
  const asked = askedAt(story) ?? Infinity;
  const own = children.filter(({ askedToStop }) => !askedToStop)
    .sort((a, b) => (a.end?.at ?? 0) - (b.end?.at ?? 0));
  // Which one that was, the manager knows from the ends that it has heard of.
  const stopped = children.filter(({ endHeardAt = Infinity }) =>
    endHeardAt >= asked
  );
  return [...own.slice(-1), ...stopped, ...children.slice(-2)];
}

/** Nothing was started: asked to stop first, or the content or a dependency was not there. */
function childlessCodes(story: Story): number[] {
  const { answers, policy, world } = story;
  if (answers === undefined) return [EXIT_OK];
  const { verdict } = world.reloads;
  const refused = verdict?.kind === "unsaved" ||
    (verdict?.kind === "rejected" && policy.vetting?.atStart === "fail");
  const missing = policy.waitTimeoutMs !== undefined &&
    answers.availableMs >= policy.waitTimeoutMs;
  const failed = refused || missing;
  if (askedAt(story) === undefined) return failed ? [EXIT_CHECK_FAILED] : [];
  return failed ? [EXIT_OK, EXIT_CHECK_FAILED] : [EXIT_OK];
}

function codesOf(story: Story, child: Child): number[] {
  // In the kernel's hands although the grace after SIGKILL was over.
  if (child.end === undefined) return [EXIT_KILLED];
  const { status, at } = child.end;
  const { stopSignal, live } = story.policy;
  const isCalledHung = story.world.liveness.called.has(child.run);
  const asksToEnd = isCalledHung && live?.action.kind === "signal"
    ? [stopSignal, live.action.signal]
    : [stopSignal];
  const ofStopSignal = status.kind === "signal" &&
    asksToEnd.some((signal) => status.number === SIGNAL_NUMBERS[signal]);
  const code = child.askedToStop && ofStopSignal ? EXIT_OK : exitCodeOf(status);
  const asked = askedAt(story);
  // Ended before the manager was told to: the next child was not there yet.
  const between = at <= (asked ?? -1);
  // It ended by itself while it was drained for the stop.
  const drained = asked !== undefined && at >= asked && ofStopSignal;
  return between || drained ? [code, EXIT_OK] : [code];
}

/** Every signal to forward reached exactly one child, or the manager stopped first. */
function checkSignals(story: Story): void {
  const { world, policy, arrived } = story;
  const forwarded = arrived.filter(({ signal }) =>
    signal !== "SIGTERM" && signal !== "SIGINT" &&
    signal !== policy.reloadSignal && !policy.rewrites.has(signal)
  );
  for (const signal of new Set(forwarded.map((entry) => entry.signal))) {
    const sent = forwarded.filter((entry) => entry.signal === signal).length;
    const seen = world.children.flatMap((child) => child.signals)
      .filter((entry) => entry === signal).length;
    // Those that waited together for one child are one, as in the kernel. In an
    // overlap it is for both; where the old one had not taken it when the next
    // overlap began, also for that one's next child.
    const most = policy.strategy === "overlap" ? 3 * sent : sent;
    const isTwice = world.children.some(({ signals }) =>
      signals.filter((entry) => entry === signal).length > sent
    );
    if (seen < 1 || seen > most || isTwice) {
      throw new Violation(
        "signals-kept",
        `${signal}: ${sent} sent, ${seen} seen`,
      );
    }
  }
}
