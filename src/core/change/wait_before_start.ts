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
  isEmptied,
  isUnchanged,
  type PathPrint,
} from "../vocabulary/fingerprint.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type { Preparing, StartWait } from "../vocabulary/state.ts";
import {
  allChangedAgain,
  isFullyRead,
  isTrustedReplacement,
  type QuietRule,
} from "./quiet_window.ts";

/** How to go on with a start that has to wait. */
export interface Waiting {
  readonly wait: StartWait;
  readonly nextLookAt: number;
}

/**
 * Undefined if the child may be started on what was seen. `stable` is what the
 * paths held when they were last known to be stable; `rule` is without a window
 * if they were never.
 */
export function waitBeforeStart(
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
    isUnfinished: anyGone || isEmptied(stable, fingerprint),
    // A path that was renamed away was not replaced.
    isReplacementOf: (before) =>
      !anyGone && isTrustedReplacement(before, content, seen.cause, rule),
  };
  const endsAt = since + rule.emptyMs;
  const next = wait === undefined
    ? begin(stable, found, at)
    : goOn(wait, stable, found, at, endsAt);
  const dueAt = dueTime(next, rule, endsAt);
  // A later look at metadata takes a large file for what it last was.
  const isRead = wait === undefined
    ? isFullyRead(fingerprint)
    : seen.depth === "content";
  return isRead && at >= dueAt ? undefined : { wait: next, nextLookAt: dueAt };
}

/** What one look found. */
interface Found extends Pick<StartWait, "content" | "isUnfinished"> {
  /** Whether everything that differs was replaced as a whole. */
  readonly isReplacementOf: (before: Fingerprint) => boolean;
}

/** What each path held when it was last stable or, if it was not there then, at a look since. */
const lastReadable = (
  stable: Fingerprint,
  wait: StartWait | undefined,
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
): StartWait => ({
  since: at,
  changedAt: at,
  content,
  isUnfinished,
  replaced: isReplacementOf(stable),
});

/** The window begins anew when the content is complete for the first time before `endsAt`. */
function goOn(
  before: StartWait,
  stable: Fingerprint,
  { content, isUnfinished, isReplacementOf }: Found,
  at: number,
  endsAt: number,
): StartWait {
  const isFilled = before.isUnfinished && !isUnfinished && at < endsAt;
  const since = isFilled ? at : before.since;
  if (isUnchanged(before.content, content)) {
    // The event that tells of a replacement may come after the first look at it.
    const isFirst = before.changedAt === before.since;
    const replaced = before.replaced || (isFirst && isReplacementOf(stable));
    return { ...before, since, content, isUnfinished, replaced };
  }
  const replaced = isReplacementOf(before.content) &&
    (before.replaced || allChangedAgain(stable, before.content, content));
  return { since, changedAt: at, content, isUnfinished, replaced };
}

/** When the child is started at the latest if nothing changes. */
function dueTime(
  { since, changedAt, isUnfinished, replaced }: StartWait,
  { windowMs }: QuietRule,
  endsAt: number,
): number {
  if (isUnfinished) return Math.max(since + windowMs, endsAt);
  return replaced ? changedAt : since + windowMs;
}
