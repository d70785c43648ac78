/**
 * Decides whether a child may be started on what a look before its start found.
 *
 * Content that was stable before is used at once. Other content is waited for
 * until it has been there for one quiet window, and no longer, because no child
 * is running. An empty file, and one that is missing, may be waited for up to
 * `--debounce-max`; once it is filled, its window begins. Pure.
 */
import {
  type Fingerprint,
  firstDifference,
  isHollow,
  isUnmoved,
  type PathPrint,
} from "../vocabulary/fingerprint.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type { Preparing, RestWait } from "../vocabulary/state.ts";
import {
  isFullyRead,
  isWhole,
  leavesNone,
  type QuietRule,
} from "./quiet_window.ts";

/** How to go on with a start that has to wait. */
export interface Waiting {
  readonly wait: RestWait;
  readonly nextLookAt: number;
}

/**
 * Undefined if the child may be started on what was seen. `stable` is what the
 * paths held when they were last known to be stable; `rule` is without a window
 * if they were never.
 */
export function restBeforeStart(
  { since, wait }: Preparing,
  stable: Fingerprint,
  seen: Observation,
  rule: QuietRule,
): Waiting | undefined {
  const { at, fingerprint } = seen;
  const had = lastReadable(stable, wait);
  const isGone = fingerprint.map(({ kind }, path) =>
    kind === "fault" && had[path].kind !== "fault"
  );
  const anyGone = isGone.includes(true);
  const isStable = firstDifference(stable, fingerprint) === undefined;
  if (!anyGone && isStable) return undefined;
  const content = fingerprint.map((print, path) =>
    isGone[path] ? emptied(had[path]) : print
  );
  const found: Found = {
    content,
    isUnfinished: anyGone || isHollow(stable, fingerprint),
    // A path that was renamed away was not replaced.
    isReplacementOf: (before) =>
      !anyGone && isWhole(before, content, seen.cause, rule),
  };
  const endsAt = since + rule.hollowMs;
  const next = wait === undefined
    ? begin(stable, found, at)
    : goOn(wait, stable, found, at, endsAt);
  const dueAt = dueTime(next, rule, endsAt);
  // A later look at metadata takes a large file for what it last was.
  const isRead = wait === undefined
    ? isFullyRead(seen)
    : seen.depth === "content";
  return isRead && at >= dueAt ? undefined : { wait: next, nextLookAt: dueAt };
}

/** What one look found. */
interface Found extends Pick<RestWait, "content" | "isUnfinished"> {
  /** Whether everything that differs was replaced as a whole. */
  readonly isReplacementOf: (before: Fingerprint) => boolean;
}

/** What each path held when it was last stable or, if it was not there then, at a look since. */
const lastReadable = (
  stable: Fingerprint,
  wait: RestWait | undefined,
): Fingerprint =>
  stable.map((print, path) =>
    print.kind === "fault" ? wait?.content[path] ?? print : print
  );

/** A path that is gone is waited for like a file that was emptied. */
const emptied = (print: PathPrint): PathPrint =>
  print.kind === "fault"
    ? print
    : { ...print, kind: "file", identity: "gone", size: 0 };

const begin = (
  stable: Fingerprint,
  { content, isUnfinished, isReplacementOf }: Found,
  at: number,
): RestWait => ({
  since: at,
  movedAt: at,
  content,
  isUnfinished,
  whole: isReplacementOf(stable),
});

/** The window begins anew when the content is complete for the first time before `endsAt`. */
function goOn(
  before: RestWait,
  stable: Fingerprint,
  { content, isUnfinished, isReplacementOf }: Found,
  at: number,
  endsAt: number,
): RestWait {
  const isFilled = before.isUnfinished && !isUnfinished && at < endsAt;
  const since = isFilled ? at : before.since;
  if (isUnmoved(before.content, content)) {
    // The event that tells of a replacement may come after the first look at it.
    const isFirst = before.movedAt === before.since;
    const whole = before.whole || (isFirst && isReplacementOf(stable));
    return { ...before, since, content, isUnfinished, whole };
  }
  const whole = isReplacementOf(before.content) &&
    (before.whole || leavesNone(stable, before.content, content));
  return { since, movedAt: at, content, isUnfinished, whole };
}

/** When the child is started at the latest if nothing changes. */
function dueTime(
  { since, movedAt, isUnfinished, whole }: RestWait,
  { windowMs }: QuietRule,
  endsAt: number,
): number {
  if (isUnfinished) return Math.max(since + windowMs, endsAt);
  return whole ? movedAt : since + windowMs;
}
