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
import {
  type Failure,
  failureBy,
  withFailure,
} from "../child/content_fault.ts";
import { readinessTimers } from "../child/new_child.ts";
import { activate, inUse, keepOnly } from "../child/ready_child.ts";
import { rejectContent, retryTimer } from "../child/rejection.ts";
import { linesOnSign } from "../child/restarted.ts";
import { readinessOn } from "../fleet/soak.ts";
import { reloadsWith } from "../childless/start.ts";
import { beginStop, beginSweep } from "../termination/stopping.ts";
import { retire } from "./retirement.ts";

/** What follows the end of the child that has lost its place. */
const retired = (reason: EndReason): Goal => ({ kind: "retire", reason });

const DISARM_NEXT = disarm("ready", "drain", "held");

/** The next child takes the place, and the old one is stopped. */
export function takeOver(now: Now, old: Running, child: Running): Transition {
  return after(
    log(...linesOnSign(child.reason)),
    inPlace(
      replacedBy(now, child),
      child,
      (alone) => beginStop(alone, old, endFor(alone, retired("reload"))),
    ),
  );
}

/** The next child is ready and has the place alone; as a canary of its fleet it has to keep it. */
function inPlace(
  now: Now,
  child: Running,
  endOld: (alone: Now) => Transition,
): Transition {
  const readiness = readinessOn(now, child.baseline);
  const used = inUse(now, { ...child, readiness });
  return followedBy(retire(used.now, used.child, endOld), [
    ...activate(now.policy, child.baseline),
    ...used.keeps,
    used.timer,
    LOOK,
  ]);
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
  const last = readiness.kind === "awaited" ? readiness.why : undefined;
  const why = "the next one is not ready";
  return after(
    log(reloads.childNotReady(pid, now.policy.ready, last)),
    fail(
      now,
      old,
      candidate,
      why,
      { kind: "fault", why },
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
): Transition => {
  const why = "the next one ended";
  return fail(
    now,
    old,
    candidate,
    why,
    failureBy(now, child, status, why),
    (alone) => beginSweep(alone, child, status, retired("not-ready")),
  );
};

/** The old child keeps its place, and the content of the next one is rejected. */
function fail(
  now: Now,
  old: Running,
  candidate: Candidate,
  why: string,
  failure: Failure,
  end: (alone: Now) => Transition,
): Transition {
  const { model: { good }, policy, at } = now;
  const { content } = candidate;
  const { now: known, ground } = withFailure(now, content, failure);
  const { now: counted, rejection, retryMs } = rejectContent(
    known,
    content,
    ground,
  );
  const { retryAt } = rejection;
  const again = withoutDistance(candidate);
  const pending: Pending = {
    kind: "rejected",
    candidate: again,
    at,
    retryAt,
    isLookedAt: false,
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
  const sweepOld = (alone: Now) =>
    beginSweep(alone, old, status, retired("reload"));
  return after(
    [...disarm("drain"), ...log(...lines)],
    isReady ? inPlace(next, child, sweepOld) : followedBy(
      retire(
        next,
        { ...child, held: child.held.reduce(hold, old.held) },
        sweepOld,
      ),
      [...activate(now.policy, child.baseline), LOOK],
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
