/**
 * Decides from looks at the watched paths whether the running child's
 * configuration has changed: the debounce. Pure; time is the `at` of each look,
 * in milliseconds.
 *
 * A change is content that differs from what the child has, and is unchanged for
 * the quiet window. The window begins anew when the content changes, up to
 * `--debounce-max` after the first difference. Two files are waited for longer,
 * because they are almost always half-written: an empty file, for all of that
 * maximum, and a large file that still grows, for GROWING_MAX times as long.
 *
 * A path that is still being read is waited for, but no other path's change
 * waits with it, unless all content is to be saved.
 */
import {
  type Fingerprint,
  firstDifference,
  isEmptied,
  isGrowing,
  isUnchanged,
} from "../vocabulary/fingerprint.ts";
import type { Change } from "../vocabulary/change.ts";
import {
  type ChangedPath,
  pathsThatDiffer,
} from "../vocabulary/changed_paths.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type { PathHealth } from "../vocabulary/model.ts";
import {
  allChangedAgain,
  asKnownUntilRead,
  isFullyRead,
  isTrustedReplacement,
  type QuietRule,
  readOf,
} from "./quiet_window.ts";
import { weighReadability } from "./readability.ts";

/** What a look could not read although nothing shows that it has changed is read again after this. */
const READ_AGAIN_MS = 1_000;

/** What one look means. */
export interface Assessment {
  readonly change: Change;
  readonly health: readonly PathHealth[];
  /** `awaited`: only a path that is still being read is waited for; when it was read, a look follows of itself. */
  readonly stage:
    | "unchanged"
    | "detected"
    | "pending"
    | "awaited"
    | "confirmed";
  /** Of confirmed content: whether it was unchanged for the quiet window, and did not only use up the maximum. */
  readonly stable: boolean;
  readonly log: readonly Message[];
  /** When to look again although nothing hints at it. */
  readonly nextLookAt: number | undefined;
}

const SETTLED: Change = { kind: "settled" };

/** Weighs one look against `base`, which is what was decided on last. */
export function assess(
  change: Change,
  health: readonly PathHealth[],
  base: Fingerprint,
  seen: Observation,
  rule: QuietRule,
): Assessment {
  const paths = weighReadability(health, base, seen, rule);
  const fingerprint = asKnownUntilRead(seen, base);
  const decision = decide(change, base, { ...seen, fingerprint }, rule);
  const dueAt = decision.change.kind === "settling" &&
      decision.stage !== "awaited"
    ? dueTime(decision.change, base, rule)
    : Infinity;
  // When a path that is still being read was read, a look follows of itself.
  const isUnread = !isFullyRead(readOf(seen.fingerprint, seen.unread, base));
  // A look at metadata reads no large file, so one that does follows at once:
  // later looks at metadata would put it off again and again.
  const waitMs = seen.depth === "content" ? READ_AGAIN_MS : 0;
  const readAt = isUnread && decision.stage === "unchanged"
    ? seen.at + waitMs
    : Infinity;
  const nextLookAt = Math.min(dueAt, readAt, ...paths.looksAt);
  return {
    change: decision.change,
    health: paths.health,
    stage: decision.stage,
    stable: decision.stable,
    log: [...paths.log, ...decision.log],
    nextLookAt: nextLookAt === Infinity ? undefined : nextLookAt,
  };
}

type Decision = Pick<Assessment, "change" | "stage" | "stable" | "log">;

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
    // Without a quiet window, a look that has read everything needs no second one.
    return isDue(noticed.change, base, seen, rule) &&
        isFullyRead(fingerprint) && seen.unread.length === 0
      ? {
        change: SETTLED,
        stage: "confirmed",
        stable: true,
        log: [...noticed.log, confirmation(noticed.change, base, seen, rule)],
      }
      : noticed;
  }
  if (index === undefined && change.revertible) {
    const log = [watching.changeReverted()];
    return { change: SETTLED, stage: "unchanged", stable: true, log };
  }
  const next = goOn(change, base, seen, rule);
  // A look at metadata takes a large file for what it last was.
  const isOver = seen.depth === "content" && isDue(next, base, seen, rule);
  if (!isOver) {
    return { change: next, stage: "pending", stable: false, log: [] };
  }
  const read = readOf(fingerprint, seen.unread, base);
  const isOthers = firstDifference(base, read) !== undefined;
  const isUsable = rule.savesContent
    ? isEndless(next, seen.at, rule)
    : isOthers;
  if (seen.unread.length > 0 && !isUsable) {
    return { change: next, stage: "awaited", stable: false, log: [] };
  }
  return {
    change: SETTLED,
    stage: "confirmed",
    stable: isFullyRead(rule.savesContent ? fingerprint : read) &&
      (next.replaced || seen.at >= next.changedAt + rule.windowMs),
    log: [confirmation(next, base, seen, rule)],
  };
}

/** Whether it has changed again while it was waited for, and even a file that grows is not waited for any longer. */
const isEndless = (
  { since, changedAt }: Extract<Change, { kind: "settling" }>,
  at: number,
  { growingMs }: QuietRule,
): boolean => changedAt > since && at >= since + growingMs;

/** What is confirmed may be more than what was told when the first of it was detected. */
const confirmation = (
  change: Change,
  base: Fingerprint,
  { fingerprint }: Observation,
  { paths }: QuietRule,
): Message =>
  watching.changeConfirmed(
    pathsThatDiffer(paths, base, fingerprint),
    change.kind === "settling" ? change.told : "",
  );

function isDue(
  change: Change,
  base: Fingerprint,
  { at }: Observation,
  rule: QuietRule,
): boolean {
  return change.kind === "settling" && at >= dueTime(change, base, rule);
}

/** Weighs a look while nothing is known to have changed. */
function notice(
  change: Exclude<Change, { kind: "settling" }>,
  base: Fingerprint,
  { fingerprint, at, cause, unread }: Observation,
  difference: number | undefined,
  rule: QuietRule,
): Decision {
  // What is still being read neither verifies nor refutes anything.
  const read = readOf(fingerprint, unread, base);
  const isOpen = change.kind === "unverified" && unread.length > 0 &&
    firstDifference(base, read) === undefined;
  if (isOpen) return { change, stage: "unchanged", stable: true, log: [] };
  const lost = base.findIndex((print, index) =>
    print.kind !== "fault" && fingerprint[index].kind === "fault"
  );
  const unknown = change.kind === "doubted" && lost < 0;
  if (difference === undefined && !unknown) {
    const doubtful = change.kind !== "settled" && lost >= 0;
    return {
      change: doubtful ? { kind: "doubted" } : SETTLED,
      stage: "unchanged",
      stable: true,
      log: [],
    };
  }
  const index = difference ?? 0;
  // What the child has read may differ from what it was given.
  const doubted: ChangedPath[] = [{ path: rule.paths[index], entries: [] }];
  const changed = difference === undefined
    ? doubted
    : pathsThatDiffer(rule.paths, base, fingerprint);
  const log = [
    watching.changeDetected(changed, base[index], fingerprint[index]),
  ];
  if (cause === "poll") log.unshift(watching.detectedByPolling());
  const settling = {
    kind: "settling",
    since: at,
    changedAt: at,
    candidate: fingerprint,
    growing: false,
    replaced: isTrustedReplacement(base, fingerprint, cause, rule),
    told: watching.describeChanged(changed),
    revertible: change.kind === "settled",
  } as const;
  return { change: settling, stage: "detected", stable: false, log };
}

/** Weighs a look while the quiet window runs. */
function goOn(
  change: Extract<Change, { kind: "settling" }>,
  base: Fingerprint,
  { fingerprint, at, cause, unread }: Observation,
  rule: QuietRule,
): Extract<Change, { kind: "settling" }> {
  if (isUnchanged(change.candidate, fingerprint)) {
    // The event that tells of a replacement may come after the first look at it.
    const first = change.changedAt === change.since;
    const replaced = change.replaced ||
      (first && isTrustedReplacement(base, fingerprint, cause, rule));
    return { ...change, candidate: fingerprint, replaced };
  }
  const isOther = (content: Fingerprint) =>
    firstDifference(base, readOf(content, unread, base)) !== undefined;
  const isBack = firstDifference(base, change.candidate) === undefined;
  // The maximum of another path's change does not begin with what is still being
  // read, and that of any change not with one after which `base` was back, and at rest.
  const begins = isBack
    ? at >= change.changedAt + rule.windowMs
    : !isOther(change.candidate) && isOther(fingerprint);
  return {
    ...change,
    since: begins ? at : change.since,
    changedAt: at,
    candidate: fingerprint,
    growing: isGrowing(change.candidate, fingerprint),
    replaced:
      isTrustedReplacement(change.candidate, fingerprint, cause, rule) &&
      (change.replaced || allChangedAgain(base, change.candidate, fingerprint)),
  };
}

/** When the content is confirmed if it does not change again. */
function dueTime(
  change: Extract<Change, { kind: "settling" }>,
  base: Fingerprint,
  rule: QuietRule,
): number {
  const { since, changedAt, candidate, growing, replaced } = change;
  if (replaced && !isEmptied(base, candidate)) return changedAt;
  const stableAt = Math.min(
    changedAt + rule.windowMs,
    since + (growing ? rule.growingMs : rule.maxMs),
  );
  // An empty file is waited for, whatever happens to another file.
  return isEmptied(base, candidate)
    ? Math.max(stableAt, since + rule.emptyMs)
    : stableAt;
}
