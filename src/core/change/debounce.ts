/**
 * Decides from observations of the watched paths whether the running child's
 * configuration has changed: the debounce. Pure; time is the `at` of each
 * observation, in milliseconds.
 *
 * The rule (design: "What is a change"): content differs from what the child
 * was started with, and still does when it has not moved for the quiet window.
 * The window starts again when the content moves, up to `--debounce-max` since
 * the first difference. Two states of a file are held longer because they are
 * almost always half-written: an empty file, for the whole of that maximum, and
 * a large file that still grows, for up to GROWING_MAX times as long.
 */
import {
  type Fingerprint,
  firstDifference,
  isGrowing,
  isHollow,
  isProvisional,
  isReplaced,
  isSame,
  isUnmoved,
} from "../vocabulary/fingerprint.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Cause, Observation } from "../vocabulary/observation.ts";
import { type PathHealth, weighReadability } from "./readability.ts";
import {
  type Policy,
  quietWindowMs,
  SHORT_RUNS_FREE,
} from "../vocabulary/policy.ts";

const GROWING_MAX = 12;

/** Whether the content on disk is the one that the child was started with. */
export type Change =
  /**
   * The child was started, or told of this content, at `since`. Should the first
   * look that began after it find other content than the one before, nobody knows
   * which one the child read.
   */
  | { readonly kind: "unverified"; readonly since: number }
  /** That first look found a path gone or unreadable that was there before the start. */
  | { readonly kind: "doubted" }
  | { readonly kind: "settled" }
  | {
    readonly kind: "settling";
    /** When the difference was first seen. */
    readonly since: number;
    /** When the content last moved. */
    readonly movedAt: number;
    readonly candidate: Fingerprint;
    /** Whether a large file was longer at the last move than before it. */
    readonly growing: boolean;
    /** Whether the last move replaced files as a whole, and that is trusted. */
    readonly whole: boolean;
    /** Whether it is over when the content is what it was: not when the child may have read the other. */
    readonly revertible: boolean;
  };

export interface QuietRule {
  readonly paths: readonly string[];
  readonly windowMs: number;
  /** The longest that a content which never rests is waited for. */
  readonly maxMs: number;
  /** How long an empty file is. */
  readonly hollowMs: number;
  /** How long a large file that grows is. */
  readonly growingMs: number;
  /** `--debounce auto`: a file that was replaced as a whole cannot be half-written. */
  readonly trustReplacement: boolean;
}

export interface Assessment {
  readonly change: Change;
  readonly health: readonly PathHealth[];
  readonly verdict: "unchanged" | "detected" | "pending" | "confirmed";
  /** Of confirmed content: whether it had come to rest, and was not only waited for long enough. */
  readonly rested: boolean;
  readonly log: readonly Message[];
  /** When to look again although nothing hints at it. */
  readonly nextLookAt: number | undefined;
}

/** The rule for a child whose last `shortRuns` predecessors ran only shortly. */
export function quietRule(policy: Policy, shortRuns: number): QuietRule {
  const windowMs = quietWindowMs(policy, shortRuns);
  return {
    paths: policy.configs.map(({ path }) => path),
    windowMs,
    maxMs: Math.max(windowMs, policy.debounceMaxMs),
    hollowMs: Math.max(windowMs, policy.debounceMaxMs),
    growingMs: GROWING_MAX * Math.max(windowMs, policy.debounceMaxMs),
    trustReplacement: policy.trustReplacement && shortRuns <= SHORT_RUNS_FREE,
  };
}

const SETTLED: Change = { kind: "settled" };

/** Weighs one observation against the fingerprint that the running child was started with. */
export function assess(
  change: Change,
  health: readonly PathHealth[],
  base: Fingerprint,
  seen: Observation,
  rule: QuietRule,
): Assessment {
  const paths = weighReadability(health, base, seen, rule);
  const decision = decide(change, base, seen, rule);
  const dueAt = decision.change.kind === "settling"
    ? dueTime(decision.change, base, rule)
    : Infinity;
  const nextLookAt = Math.min(dueAt, ...paths.looksAt);
  return {
    change: decision.change,
    health: paths.health,
    verdict: decision.verdict,
    rested: decision.rested,
    log: [...paths.log, ...decision.log],
    nextLookAt: nextLookAt === Infinity ? undefined : nextLookAt,
  };
}

type Decision = Pick<Assessment, "change" | "verdict" | "rested" | "log">;

function decide(
  change: Change,
  base: Fingerprint,
  seen: Observation,
  rule: QuietRule,
): Decision {
  const { fingerprint } = seen;
  const index = firstDifference(base, fingerprint);
  if (change.kind !== "settling") {
    const noticed = notice(change, base, seen, index, rule);
    // Without a quiet window, and nothing left to read, there is no second look.
    return isDue(noticed.change, base, seen, rule) && isKnown(seen)
      ? confirmed(true, ...noticed.log)
      : noticed;
  }
  if (index === undefined && change.revertible) {
    const log = [watching.changeReverted()];
    return { change: SETTLED, verdict: "unchanged", rested: true, log };
  }
  const next = move(change, base, seen, rule);
  // A look at metadata takes a large file for what it last was.
  return seen.depth === "content" && isDue(next, base, seen, rule)
    ? confirmed(
      isKnown(seen) &&
        (next.whole || seen.at >= next.movedAt + rule.windowMs),
    )
    : { change: next, verdict: "pending", rested: false, log: [] };
}

const confirmed = (
  rested: boolean,
  ...before: readonly Message[]
): Decision => ({
  change: SETTLED,
  verdict: "confirmed",
  rested,
  log: [...before, watching.changeConfirmed()],
});

function isDue(
  change: Change,
  base: Fingerprint,
  { at }: Observation,
  rule: QuietRule,
): boolean {
  return change.kind === "settling" && at >= dueTime(change, base, rule);
}

/** Whether all content was read: a large file that moves meanwhile never is. */
const isKnown = ({ fingerprint }: Observation): boolean =>
  !fingerprint.some((print) =>
    print.kind !== "fault" && isProvisional(print.identity)
  );

/** Weighs a look while nothing was known to have changed. */
function notice(
  change: Exclude<Change, { kind: "settling" }>,
  base: Fingerprint,
  { fingerprint, at, cause }: Observation,
  difference: number | undefined,
  rule: QuietRule,
): Decision {
  const lost = base.findIndex((print, index) =>
    print.kind !== "fault" && fingerprint[index].kind === "fault"
  );
  const unknown = change.kind === "doubted" && lost < 0;
  if (difference === undefined && !unknown) {
    const doubtful = change.kind !== "settled" && lost >= 0;
    return {
      change: doubtful ? { kind: "doubted" } : SETTLED,
      verdict: "unchanged",
      rested: true,
      log: [],
    };
  }
  const index = difference ?? 0;
  const log = [
    watching.changeDetected(rule.paths[index], base[index], fingerprint[index]),
  ];
  if (cause === "poll") log.unshift(watching.detectedByPolling());
  const settling = {
    kind: "settling",
    since: at,
    movedAt: at,
    candidate: fingerprint,
    growing: false,
    whole: isWhole(base, fingerprint, cause, rule),
    revertible: change.kind === "settled",
  } as const;
  return { change: settling, verdict: "detected", rested: false, log };
}

function move(
  change: Extract<Change, { kind: "settling" }>,
  base: Fingerprint,
  { fingerprint, at, cause }: Observation,
  rule: QuietRule,
): Extract<Change, { kind: "settling" }> {
  if (isUnmoved(change.candidate, fingerprint)) {
    // The event that tells of the rename may come after the first look at it.
    const first = change.movedAt === change.since;
    const whole = change.whole ||
      (first && isWhole(base, fingerprint, cause, rule));
    return { ...change, candidate: fingerprint, whole };
  }
  return {
    ...change,
    movedAt: at,
    candidate: fingerprint,
    growing: isGrowing(change.candidate, fingerprint),
    whole: isWhole(change.candidate, fingerprint, cause, rule) &&
      (change.whole || leavesNone(base, change.candidate, fingerprint)),
  };
}

/** Whether every path that had changed before has moved again: none is left that may be half-written. */
const leavesNone = (
  base: Fingerprint,
  before: Fingerprint,
  seen: Fingerprint,
): boolean =>
  seen.every((print, at) =>
    isSame([print], [base[at]]) || !isSame([print], [before[at]])
  );

function isWhole(
  before: Fingerprint,
  seen: Fingerprint,
  cause: Cause,
  rule: QuietRule,
): boolean {
  return rule.trustReplacement && cause === "replacement" &&
    isReplaced(before, seen);
}

function dueTime(
  change: Extract<Change, { kind: "settling" }>,
  base: Fingerprint,
  rule: QuietRule,
): number {
  const { since, movedAt, candidate, growing, whole } = change;
  if (whole && !isHollow(base, candidate)) return movedAt;
  const restsAt = Math.min(
    movedAt + rule.windowMs,
    since + (growing ? rule.growingMs : rule.maxMs),
  );
  // An empty file is waited for whatever another one does.
  return isHollow(base, candidate)
    ? Math.max(restsAt, since + rule.hollowMs)
    : restsAt;
}
