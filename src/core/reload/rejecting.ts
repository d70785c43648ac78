/** A child that runs is not given a candidate. Pure. */
import type { Ground } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Candidate, Pending, Running } from "../vocabulary/state.ts";
import {
  enter,
  knowing,
  log,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { isToldBySignal } from "../rules/action_choice.ts";
import { keepOnly } from "../child/ready_child.ts";
import { rejectContent, retryTimer } from "../child/rejection.ts";

/** A child that a signal has told of the candidate gets the time that one needs to become ready, as after a signal alone. */
const halfTold = (
  { policy, at }: Now,
  { pending, halfTold }: Running,
): Running["halfTold"] =>
  pending.kind === "acting" && isToldBySignal(pending)
    ? {
      content: pending.candidate.content,
      until: at + policy.ready.timeoutMs,
    }
    : halfTold;

/**
 * Rejects the candidate: the child keeps running on its current content, and this
 * candidate is not tried again until a path changes or, where circumstances
 * rejected it, until its next turn. `lines` are told the wait for that.
 */
export function reject(
  now: Now,
  child: Running,
  candidate: Candidate,
  ground: Ground,
  lines: (retryMs: number | undefined) => readonly Message[],
): Transition {
  const { model: { good }, policy, at } = now;
  const { now: next, rejection, retryMs } = rejectContent(
    knowing(now, { turnAt: undefined }),
    candidate.content,
    ground,
  );
  const { retryAt } = rejection;
  const pending: Pending = {
    kind: "rejected",
    candidate,
    at,
    retryAt,
    isLookedAt: true,
  };
  const told = { ...child, pending, halfTold: halfTold(now, child) };
  return enter(next, told, [
    ...log(...lines(retryMs)),
    ...retryTimer(pending),
    ...keepOnly(policy, good, child.baseline, child.given),
  ]);
}
