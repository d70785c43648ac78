/**
 * How long content must be unchanged before it is used, and which content need
 * not be waited for because it was replaced as a whole. Pure.
 */
import { describeWatched } from "../notation/describe.ts";
import {
  type Fingerprint,
  isProvisional,
  isReplaced,
  isSame,
  isUnchanged,
} from "../vocabulary/fingerprint.ts";
import type { Cause, Observation } from "../vocabulary/observation.ts";
import type { Policy } from "../vocabulary/policy.ts";
import { isSuspected, quietWindowMs } from "./feedback.ts";

/** A large file that grows is waited for this many times as long as other content. */
const GROWING_MAX = 12;

/** The waits for one child. */
export interface QuietRule {
  readonly paths: readonly string[];
  /** The same as the operator has written them. */
  readonly written: readonly string[];
  /** Content must be unchanged for so long. */
  readonly windowMs: number;
  /** The longest wait for content that does not stop changing. */
  readonly maxMs: number;
  /** How long an empty file is waited for. */
  readonly emptyMs: number;
  /** How long a large file that grows is waited for. */
  readonly growingMs: number;
  /** `--debounce auto`: a file that was replaced as a whole cannot be half-written. */
  readonly trustReplacement: boolean;
  /** Content that is to be saved must be read as a whole. */
  readonly savesContent: boolean;
}

/** The waits for a change that so many reloads before were like (feedback.ts). */
export function quietRule(policy: Policy, repeats: number): QuietRule {
  const windowMs = quietWindowMs(policy, repeats);
  return {
    paths: policy.configs.map(({ path }) => path),
    written: policy.configs.map(describeWatched),
    windowMs,
    maxMs: Math.max(windowMs, policy.debounceMaxMs),
    emptyMs: Math.max(windowMs, policy.debounceMaxMs),
    growingMs: GROWING_MAX * Math.max(windowMs, policy.debounceMaxMs),
    trustReplacement: policy.trustReplacement && !isSuspected(repeats),
    savesContent: policy.snapshots,
  };
}

/** Whether all content was read. A large file that changes meanwhile is not. */
export const isFullyRead = (content: Fingerprint): boolean =>
  !content.some((print) =>
    print.kind !== "fault" && isProvisional(print.identity)
  );

/** What was seen, and for the paths that are still being read what `base` has of them. */
export const readOf = (
  seen: Fingerprint,
  unread: Observation["unread"],
  base: Fingerprint,
): Fingerprint =>
  unread.length === 0
    ? seen
    : seen.map((print, at) =>
      unread.some(({ path }) => path === at) ? base[at] : print
    );

/**
 * What was seen, and what `base` has of the paths that were not read and whose
 * metadata are those that `base` has: nothing shows that they have changed.
 */
export const asKnownUntilRead = (
  { fingerprint }: Observation,
  base: Fingerprint,
): Fingerprint =>
  fingerprint.map((print, at) =>
    !isFullyRead([print]) && isUnchanged([base[at]], [print]) ? base[at] : print
  );

/** The same, but of paths that are being read again what is known by their metadata. */
export const knownOf = (
  seen: Fingerprint,
  unread: Observation["unread"],
  base: Fingerprint,
): Fingerprint =>
  readOf(seen, unread.filter(({ path }) => !isFullyRead([seen[path]])), base);

/** Whether every path that had changed before has changed again, so that none is left that may be half-written. */
export const allChangedAgain = (
  base: Fingerprint,
  before: Fingerprint,
  seen: Fingerprint,
): boolean =>
  seen.every((print, at) =>
    isSame([print], [base[at]]) || !isSame([print], [before[at]])
  );

/** Whether everything that changed was replaced as a whole, and that is trusted: such files are not half-written. */
export function isTrustedReplacement(
  before: Fingerprint,
  seen: Fingerprint,
  cause: Cause,
  rule: QuietRule,
): boolean {
  return rule.trustReplacement && cause === "replacement" &&
    isReplaced(before, seen);
}
