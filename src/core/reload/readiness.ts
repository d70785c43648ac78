/** What follows when a child does not become ready in its time, or ends before it is. Pure. */
import {
  type Fingerprint,
  isAlike,
  isSame,
} from "../vocabulary/fingerprint.ts";
import type {
  Candidate,
  Goal,
  Rejection,
  Running,
} from "../vocabulary/state.ts";
import type { Message } from "../vocabulary/message.ts";
import * as reloads from "../text/reload.ts";
import { isToldBySignal } from "../rules/action_choice.ts";
import {
  type Failure,
  withFailure,
  withFault,
} from "../child/content_fault.ts";
import { beginEnd } from "../termination/draining.ts";
import { forwardHeld } from "../child/forwarding.ts";
import {
  endFor,
  enter,
  knowing,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { isSoaking, readyTimer } from "../fleet/soak.ts";
import { becomeReady } from "../child/ready_child.ts";
import { rejectContent } from "../child/rejection.ts";

/** The child gave its sign, or has survived its trial. */
export function onReady(now: Now, child: Running): Transition {
  const ready = becomeReady(now, child);
  return ready === undefined ? stay(now) : enter(ready.now, ready.child, [
    ...log(...ready.lines),
    ready.timer,
    ...ready.keeps,
    ...ready.forwards,
  ]);
}

/** The time in which the child was to become ready is over: it has survived, or is asked for its sign once more. */
export function onReadinessOver(now: Now, child: Running): Transition {
  const { readiness, run } = child;
  if (readiness.kind !== "awaited") return stay(now);
  // The timer was early.
  if (isSoaking(child) && now.at < readiness.by) {
    return perform(now, [readyTimer(readiness)]);
  }
  return readiness.proof === "sign"
    ? perform(now, [{ kind: "askSign", run }])
    : onReady(now, child);
}

/** The sign was not there when the time was over, for the reason that the last look has given. */
export function onNotReady(now: Now, child: Running): Transition {
  const { readiness, pid } = child;
  if (readiness.kind !== "awaited" || readiness.proof !== "sign") {
    return stay(now);
  }
  const line = reloads.childNotReady(pid, now.policy.ready, readiness.why);
  const failure = { kind: "fault", why: "rolled back" } as const;
  const back = rollback(now, child, failure);
  if (back !== undefined) {
    return beginEnd(back.now, child, endFor(now, back.goal, line, back.line));
  }
  return enter(
    withFault(now, child.given, "the child is not ready in its time"),
    { ...child, readiness: { kind: "late" }, held: [] },
    [...log(line), ...forwardHeld(child)],
  );
}

/** A restart on the last good content. */
export interface Rollback {
  readonly now: Now;
  readonly goal: Extract<Goal, { kind: "restart" }>;
  readonly line: Message;
}

/** The way back to the last good content, where there is one and this child is on trial. */
export function rollback(
  before: Now,
  child: Running,
  failure: Failure,
): Rollback | undefined {
  const { pending, change } = child;
  const trial = trialOf(before, child);
  const { good } = before.model;
  if (trial === undefined || good === undefined) return undefined;
  const { tried, given } = trial;
  // To a child, a copy that lacks a path is other content.
  if (isAlike(good, tried)) return undefined;
  const { now, ground } = withFailure(before, given, failure);
  const back = (now: Now, rejected: Rejection, retryMs?: number): Rollback => ({
    now: knowing(now, { isRollbackOwed: true }),
    goal: {
      kind: "restart",
      reason: "rollback",
      on: { baseline: good, rejected },
    },
    line: reloads.rollingBack(tried, good, retryMs),
  });
  const known = pending.kind === "rejected" && change.kind === "settled"
    ? pending
    : undefined;
  // A second child has failed on the same content (in an overlap).
  const isFailedAgain = known?.retryAt !== undefined &&
    isSame(known.candidate.content, tried);
  // What the paths hold by now may have been rejected before.
  if (known !== undefined && !isFailedAgain) {
    const { candidate: { content }, retryAt } = known;
    const counted = knowing(now, { rejections: now.model.rejections + 1 });
    return back(counted, { content, retryAt });
  }
  const rejected = rejectContent(now, tried, ground);
  return back(rejected.now, rejected.rejection, rejected.retryMs);
}

/** The content that a child has yet to prove itself on. */
interface Trial {
  /** As the paths hold it. */
  readonly tried: Fingerprint;
  /** As the child has it: it does not hear of paths whose action is `none`. */
  readonly given: Fingerprint;
}

/**
 * What the child is on trial with. A signal may have told it of that while other
 * actions follow, or one of them has failed.
 */
function trialOf(
  { at }: Now,
  { readiness, baseline, given, pending, halfTold }: Running,
): Trial | undefined {
  if (pending.kind === "acting" && isToldBySignal(pending)) {
    return whole(pending.candidate);
  }
  if (halfTold !== undefined && at < halfTold.until) return whole(halfTold);
  return readiness.kind === "awaited" && readiness.trial
    ? { tried: baseline, given }
    : undefined;
}

const whole = ({ content }: Pick<Candidate, "content">): Trial => ({
  tried: content,
  given: content,
});
