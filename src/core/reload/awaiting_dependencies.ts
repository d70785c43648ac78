/**
 * An accepted candidate waits for what `--wait-for` names. The old child keeps
 * running meanwhile: a healthy child is not stopped for one that cannot work. Pure.
 */
import type { EventOf } from "../vocabulary/event.ts";
import type { Running } from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import {
  AVAILABLE,
  lastLook,
  stillMissing,
} from "../childless/dependencies.ts";
import {
  after,
  enter,
  LOOK,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { apply } from "./applying.ts";
import { isGone, unlessHeld, withoutPending } from "./confirmed_change.ts";
import { reject } from "./rejecting.ts";

export function onAvailable(
  now: Now,
  child: Running,
  { ticket }: EventOf<"available">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "awaiting" || pending.wait.ticket !== ticket) {
    return stay(now);
  }
  const { candidate } = pending;
  return after(
    AVAILABLE,
    isGone(now, child, candidate)
      ? enter(now, withoutPending(child), [LOOK])
      : unlessHeld(now, child, candidate, apply),
  );
}

export function onMissing(
  now: Now,
  child: Running,
  event: EventOf<"missing">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "awaiting" || pending.wait.ticket !== event.ticket) {
    return stay(now);
  }
  const { wait, effects } = stillMissing(event);
  return enter(now, { ...child, pending: { ...pending, wait } }, effects);
}

/** The time for the wait is over: what is missing is asked for once more. */
export const onWaitOver = (now: Now, { pending }: Running): Transition =>
  pending.kind === "awaiting"
    ? perform(now, [lastLook(pending.wait)])
    : stay(now);

/** Something was missing even then: the candidate is rejected, and has another turn later. */
export function onUnavailable(
  now: Now,
  child: Running,
  { ticket, missing }: EventOf<"unavailable">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "awaiting" || pending.wait.ticket !== ticket) {
    return stay(now);
  }
  const { candidate } = pending;
  const why = reloads.whyMissing(now.policy.waitTimeoutMs ?? 0, missing);
  return after(
    [{ kind: "cancel" }],
    reject(now, child, candidate, "circumstances", (retryMs) => [
      reloads.rejected(why, retryMs),
    ]),
  );
}
