/** The ways in which an overlap ends: either child has the place, or neither. Pure. */
import { withoutDistance } from "../change/feedback.ts";
import type { EndReason, ExitStatus } from "../vocabulary/exit_status.ts";
import type {
  Candidate,
  Goal,
  Overlapping,
  Pending,
  Running,
} from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import {
  after,
  disarm,
  type End,
  endFor,
  enter,
  followedBy,
  hold,
  knowing,
  log,
  LOOK,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { withFault } from "../child/content_fault.ts";
import { readinessTimers } from "../child/new_child.ts";
import { activate, keepOnly, withGoodContent } from "../child/ready_child.ts";
import { rejectContent, retryTimer } from "../child/rejection.ts";
import { linesOnSign } from "../child/restarted.ts";
import { reloadsWith } from "../childless/start.ts";
import { beginStop, beginSweep } from "../termination/stopping.ts";
import { retire } from "./retirement.ts";

/** What follows the end of the child that has lost its place. */
const retired = (reason: EndReason): Goal => ({ kind: "retire", reason });

const DISARM_NEXT = disarm("ready", "drain", "held");

/** The next child takes the place, and the old one is stopped. */
export function takeOver(now: Now, old: Running, child: Running): Transition {
  const { policy } = now;
  const next = withGoodContent(replacedBy(now, child), child.baseline);
  return after(
    log(...linesOnSign(child.reason)),
    followedBy(
      retire(
        next,
        child,
        (alone) => beginStop(alone, old, endFor(alone, retired("reload"))),
      ),
      [
        ...activate(policy, child.baseline),
        ...keepOnly(policy, child.baseline),
        LOOK,
      ],
    ),
  );
}

const replacedBy = (now: Now, { baseline, reason }: Running): Now =>
  knowing(now, {
    reloads: reloadsWith(now.model, reason),
    lastBaseline: baseline,
  });

/** The next child did not become ready in its time: it is stopped. */
export const failStopped = (
  now: Now,
  { old, candidate }: Overlapping,
  child: Running,
): Transition => {
  const { pid, readiness } = child;
  const why = readiness.kind === "awaited" ? readiness.why : undefined;
  return after(
    log(reloads.childNotReady(pid, now.policy.ready, why)),
    fail(
      now,
      old,
      candidate,
      "the next one is not ready",
      (alone) => beginStop(alone, child, endFor(alone, retired("not-ready"))),
    ),
  );
};

/** The next child has ended by itself. */
export const failEnded = (
  now: Now,
  { old, candidate }: Overlapping,
  child: Running,
  status: ExitStatus,
): Transition =>
  fail(
    now,
    old,
    candidate,
    "the next one ended",
    (alone) => beginSweep(alone, child, status, retired("not-ready")),
  );

/** The old child keeps its place, and the content of the next one is rejected. */
function fail(
  now: Now,
  old: Running,
  candidate: Candidate,
  why: string,
  end: (alone: Now) => Transition,
): Transition {
  const { model: { good }, policy, at } = now;
  const { now: counted, rejection, retryMs } = rejectContent(
    withFault(now, candidate.content, why),
    candidate.content,
    "circumstances",
  );
  const { retryAt } = rejection;
  const again = withoutDistance(candidate);
  const pending: Pending = {
    kind: "rejected",
    candidate: again,
    at,
    retryAt,
    isLookedAt: false,
    trialUntil: undefined,
  };
  return after(
    [...DISARM_NEXT, ...log(reloads.overlapFailed(why, old.pid, retryMs))],
    followedBy(
      retire(counted, { ...old, pending }, end),
      [
        ...keepOnly(policy, good, old.baseline, old.given, candidate.content),
        ...readinessTimers(policy, old),
        ...retryTimer(pending),
        LOOK,
      ],
    ),
  );
}

/** The old child ended by itself: the next one takes its place, ready or not. */
export function oldEnded(
  now: Now,
  old: Running,
  child: Running,
  status: ExitStatus,
): Transition {
  const isReady = child.readiness.kind === "ready";
  const next = replacedBy(now, child);
  const lines = isReady
    ? linesOnSign(child.reason)
    : [reloads.overlapOldGone(old.pid)];
  const inUse = activate(now.policy, child.baseline);
  const sweepOld = (alone: Now) =>
    beginSweep(alone, old, status, retired("reload"));
  return after(
    [...disarm("drain"), ...log(...lines)],
    isReady
      ? followedBy(
        retire(withGoodContent(next, child.baseline), child, sweepOld),
        [...inUse, ...keepOnly(now.policy, child.baseline), LOOK],
      )
      : followedBy(
        retire(
          next,
          { ...child, held: child.held.reduce(hold, old.held) },
          sweepOld,
        ),
        [...inUse, LOOK],
      ),
  );
}

/** Both children are stopped: the old one for the goal, and the next one beside it. */
export function stopBoth(
  now: Now,
  state: Overlapping,
  end: End,
): Transition {
  const { old, next } = state;
  const { goal, signal, say } = end;
  if (next.kind === "spawning") {
    // After a bug of ours, a stop that is asked for does not change how we end.
    const stop = next.stop?.goal.kind === "bug" ? next.stop : { goal, signal };
    return enter(now, { ...state, next: { ...next, stop } }, [
      ...log(...say),
      { kind: "cancel" },
    ]);
  }
  const first = beginStop(now, old, end);
  const beside = retired(goal.kind === "halt" ? "stopped" : "shutdown");
  return after(
    [...DISARM_NEXT, ...first.effects],
    retire(
      { ...now, model: first.model },
      first.model.state,
      (alone) =>
        beginStop(alone, next.child, { goal: beside, signal, say: [] }),
    ),
  );
}
