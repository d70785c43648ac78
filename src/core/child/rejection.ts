/** Content is rejected: counts that, and decides whether and when it is tried again. Pure. */
import { backoffMs } from "../rules/backoff.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Ground } from "../vocabulary/event.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import type { Pending, Rejection } from "../vocabulary/state.ts";
import { FLEET_RETRY } from "../vocabulary/policy.ts";
import { knowing, type Now } from "../transition/moves.ts";

/** A rejection that has just been counted. */
export interface Rejected {
  readonly now: Now;
  readonly rejection: Rejection;
  /** The wait before it is tried again; undefined: until the content changes. */
  readonly retryMs: number | undefined;
}

/**
 * Rejects the content. What its own check has refused would be refused again.
 * Circumstances may pass (a database that is away, a slow machine), and somebody may
 * clear what the fleet has refused, so that content is tried again, after a wait that
 * grows with each failure in a row.
 */
export function rejectContent(
  now: Now,
  content: Fingerprint,
  ground: Ground,
): Rejected {
  const { model: { rejections, failed }, policy: { retryRejected }, at } = now;
  const counted = { rejections: rejections + 1 };
  const retry = ground === "fleet"
    ? FLEET_RETRY
    : ground === "circumstances"
    ? retryRejected
    : undefined;
  if (retry === undefined) {
    return {
      now: knowing(now, counted),
      rejection: { content, retryAt: undefined },
      retryMs: undefined,
    };
  }
  const before = failed !== undefined && isSame(failed.content, content)
    ? failed.times
    : 0;
  const retryMs = backoffMs(retry, before);
  return {
    now: knowing(now, { ...counted, failed: { content, times: before + 1 } }),
    rejection: { content, retryAt: at + retryMs },
    retryMs,
  };
}

/**
 * Whether a start may try content again that was rejected, because its wait is over.
 * Where a fleet keeps verdicts it may not: only a child that runs asks for a slot,
 * and so whether the content is still refused.
 */
export const isDueAtStart = (
  { policy: { fleet }, at }: Now,
  rejected: Rejection | undefined,
): boolean => fleet?.canary !== true && (rejected?.retryAt ?? Infinity) <= at;

/** The timer for the next turn of rejected content, where it has one. */
export const retryTimer = (pending: Pending): Effect[] =>
  pending.kind === "rejected" && pending.retryAt !== undefined
    ? [{ kind: "timer", name: "defer", at: pending.retryAt }]
    : [];
