/**
 * A manager that tries content for its fleet calls it good, and proven, only when its
 * child has run on it for `--fleet-soak` beyond the moment at which it was ready. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import type { Readiness, Running } from "../vocabulary/state.ts";
import type { Now } from "../transition/moves.ts";

/** What a child that is ready on this content has to show still. */
export function readinessOn(
  { model: { slot }, policy: { fleet }, at }: Now,
  content: Fingerprint,
): Readiness {
  const isTried = slot !== undefined && slot.isTrial &&
    slot.fault === undefined && isSame(slot.content, content);
  return fleet !== undefined && isTried && fleet.soakMs > 0
    ? {
      kind: "awaited",
      proof: "soak",
      trial: true,
      by: at + fleet.soakMs,
      why: undefined,
    }
    : { kind: "ready" };
}

/** When its soak is over; undefined unless it is ready, and its fleet waits to see whether it stays so. */
export const soaksUntil = (
  { readiness }: Pick<Running, "readiness">,
): number | undefined =>
  readiness.kind === "awaited" && readiness.proof === "soak"
    ? readiness.by
    : undefined;

export const isSoaking = (child: Pick<Running, "readiness">): boolean =>
  soaksUntil(child) !== undefined;

/** Whether it has become ready, whatever its fleet waits for. */
export const hasBeenReady = (child: Pick<Running, "readiness">): boolean =>
  child.readiness.kind === "ready" || isSoaking(child);

/** The timer for what it has to show. */
export const readyTimer = (readiness: Readiness): Effect => ({
  kind: "timer",
  name: "ready",
  at: readiness.kind === "awaited" ? readiness.by : undefined,
});
