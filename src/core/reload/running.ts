/** The state with a child at work: weighs what looks find, forwards signals, and follows the child's end. Pure. */
import { assess, type Assessment } from "../change/debounce.ts";
import { quietRule, readOf } from "../change/quiet_window.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
  isUnchanged,
} from "../vocabulary/fingerprint.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type { Candidate, Pending, Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as watching from "../text/watching.ts";
import * as operator from "../text/operator.ts";
import { failureBy } from "../child/content_fault.ts";
import { endsUs, onCrash } from "../termination/crashed.ts";
import { beginEnd } from "../termination/draining.ts";
import { forwardHeld, forwardInOrder } from "../child/forwarding.ts";
import {
  after,
  disarm,
  endFor,
  enter,
  followHint,
  knowing,
  log,
  LOOK,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { isInterrupted } from "../transition/ended_from_outside.ts";
import { onSignal, stopLines } from "../transition/on_signal.ts";
import { notYet } from "../child/ready_child.ts";
import { retryTimer } from "../child/rejection.ts";
import { isSoaking } from "../fleet/soak.ts";
import { savedContent } from "../childless/start.ts";
import { beginStop, beginSweep } from "../termination/stopping.ts";
import { onActed } from "./applying.ts";
import { onHookEnded } from "./hook_ended.ts";
import {
  onAvailable,
  onMissing,
  onUnavailable,
  onWaitOver,
} from "./awaiting_dependencies.ts";
import {
  isWithdrawnByChange,
  onConfirmed,
  onVetted,
  referenceOf,
  WITHDRAW,
  withoutPending,
} from "./confirmed_change.ts";
import { distanceMs, feedbackLines, repeats } from "./change_distance.ts";
import { askLive, onLivenessEvent } from "./liveness.ts";
import { onNotReady, onReadinessOver, onReady, rollback } from "./readiness.ts";
import { onReloadRequested, thenRequested } from "./requested.ts";
import { thenTurn, turn } from "./turn.ts";
import { onFleetTimeout, onSlotAnswer } from "./slot_answers.ts";
import { onCaptured, thenLook, usesCopy } from "./vetting.ts";

export function stepRunning(
  now: Now,
  state: Running,
  event: Event,
): Transition {
  switch (event.kind) {
    case "hint":
      return followHint(now, event);
    case "timer":
      return onTimer(now, state, event);
    case "observed":
      return thenRequested(now, event, onObserved(now, state, event));
    case "vetted":
      return thenLook(now, state, onVetted(now, state, event));
    case "captured":
      return onCaptured(now, state, event);
    case "acted":
      return onActed(now, state, event);
    case "hookEnded":
      return onHookEnded(now, state, event);
    case "available":
      return thenLook(now, state, onAvailable(now, state, event));
    case "missing":
      return onMissing(now, state, event);
    case "unavailable":
      return thenLook(now, state, onUnavailable(now, state, event));
    case "slotTaken":
    case "slotAwaited":
    case "slotRefused":
    case "slotUnreachable":
      return thenLook(now, state, onSlotAnswer(now, state, event));
    case "ready":
      return event.run === state.run
        ? thenTurn(now, onReady(now, state))
        : stay(now);
    case "notYet": {
      if (event.run !== state.run) return stay(now);
      const known = notYet(state, event);
      return enter(now, known.child, known.effects);
    }
    case "notReady":
      return event.run === state.run
        ? thenTurn(now, onNotReady(now, state))
        : stay(now);
    case "resume":
      return turn(now, state);
    case "lived":
    case "liveTriggered":
    case "liveInterval":
      return onLivenessEvent(now, state, event);
    case "reload":
      return onReloadRequested(now, state, event);
    case "stopChild": {
      const on = savedContent(now.policy, state);
      const line = operator.haltRequested();
      return beginEnd(now, state, endFor(now, { kind: "halt", on }, line));
    }
    case "exited":
      return event.run === state.run ? onExited(now, state, event) : stay(now);
    case "signal":
      return onSignal(now, event, "child", {
        stop: (signal) =>
          beginEnd(now, state, {
            goal: { kind: "shutdown" },
            signal,
            say: stopLines(event),
          }),
        forward: (signal) => {
          const { child, effects } = forwardInOrder(state, signal);
          return enter(now, child, effects);
        },
      });
    case "bug": {
      const line = messages.internalError(event.detail);
      return beginStop(now, state, endFor(now, { kind: "bug" }, line));
    }
    default:
      return stay(now);
  }
}

function onTimer(
  now: Now,
  state: Running,
  { name }: EventOf<"timer">,
): Transition {
  switch (name) {
    case "look":
      return perform(now, [LOOK]);
    case "held":
      return enter(now, { ...state, held: [] }, forwardHeld(state));
    case "defer":
      return turn(now, state);
    case "ready":
      return thenTurn(now, onReadinessOver(now, state));
    case "await":
      return onWaitOver(now, state);
    case "fleet":
      return onFleetTimeout(now, state);
    case "live":
      return askLive(now, state);
    default:
      return stay(now);
  }
}

function onObserved(
  now: Now,
  state: Running,
  event: EventOf<"observed">,
): Transition {
  const { change, pending, startedAt } = state;
  if (usesCopy(now, pending)) return stay(now);
  const { startedAt: lookedAt, observation } = event;
  const since = change.kind === "unverified" ? change.since : startedAt;
  if (lookedAt < since) return onEarlyLook(now, state, observation);
  if (pending.kind === "rejected" && lookedAt < pending.at) {
    return onLookBeforeRejection(now, state, observation);
  }
  const first = weigh(now, state, observation);
  const isNews = first.stage === "detected" ||
    (first.stage === "confirmed" && change.kind !== "settling");
  if (!isNews || !isWithdrawnByChange(pending)) {
    return follow(now, state, observation, first);
  }
  // The candidate is not there any more: begins again from what the child has.
  const back = withoutPending(state);
  const again = weigh(now, back, observation);
  if (again.stage !== "unchanged") {
    return after(WITHDRAW, follow(now, back, observation, again));
  }
  // What was stable was the candidate; a start need not wait for what the child has.
  const next = knowing(now, { stable: back.baseline });
  return after(
    [...WITHDRAW, ...log(watching.changeReverted())],
    follow(next, back, observation, again),
  );
}

/**
 * The look began before the child had this content, but after the look that
 * became its baseline. It says nothing about what the paths hold now; but if it
 * found other content, nobody knows which one the child has read. Of a path that
 * is still being read, that is found when it was read. Other content than that of
 * a change that is known begins its quiet window again.
 */
function onEarlyLook(
  now: Now,
  state: Running,
  { fingerprint, unread }: Observation,
): Transition {
  const { change, baseline } = state;
  if (change.kind !== "unverified") {
    return enter(now, beginWindowAgain(now, state, fingerprint));
  }
  const read = readOf(fingerprint, unread, baseline);
  const hasMoved = firstDifference(baseline, read) !== undefined;
  return enter(
    now,
    hasMoved ? { ...state, change: { kind: "doubted" } } : state,
  );
}

/** The look began before the candidate was rejected, so it cannot tell whether that has changed since. */
const onLookBeforeRejection = (
  now: Now,
  state: Running,
  { fingerprint }: Observation,
): Transition => enter(now, beginWindowAgain(now, state, fingerprint), [LOOK]);

/** The quiet window begins again if the look found other content than the one before. */
function beginWindowAgain(
  { at }: Now,
  state: Running,
  fingerprint: Fingerprint,
): Running {
  const { change } = state;
  if (
    change.kind !== "settling" || isUnchanged(change.candidate, fingerprint)
  ) return state;
  const changed = {
    candidate: fingerprint,
    changedAt: at,
    replaced: false,
  };
  return { ...state, change: { ...change, ...changed } };
}

const weigh = (now: Now, state: Running, seen: Observation): Assessment =>
  assess(
    state.change,
    now.model.health,
    referenceOf(state),
    { ...seen, at: now.at },
    quietRule(now.policy, repeats(now, state)),
  );

/** Goes on as the look was assessed. */
function follow(
  now: Now,
  state: Running,
  { fingerprint }: Observation,
  { change, health, stage, stable, log: lines, nextLookAt }: Assessment,
): Transition {
  const { pending } = state;
  if (stage === "confirmed") {
    const candidate = {
      content: fingerprint,
      revertible: isRevertible(state.change) &&
        (pending.kind === "none" || pending.candidate.revertible),
      distanceMs: distanceMs(now, state),
      requested: state.request !== undefined,
      isForced: state.request?.force === true,
      isRestless: !stable,
      refused: state.request?.force ? undefined : refusedOf(pending),
    };
    // An action, or a hook, ends first; a look follows it.
    if (pending.kind === "acting" || pending.kind === "hooking") {
      const { revertible } = candidate;
      return enter(now, {
        ...state,
        change,
        pending: {
          ...pending,
          candidate: { ...pending.candidate, revertible },
          changedMeanwhile: true,
        },
      });
    }
    const next = knowing(now, {
      health,
      stable: stable ? fingerprint : undefined,
    });
    return after(
      [...log(...lines), ...disarm("look")],
      onConfirmed(next, { ...state, change, request: undefined }, candidate),
    );
  }
  const next = { ...state, change, pending: lookedAt(pending, stage) };
  const isOver = change.kind === "settled" && pending.kind === "none";
  // The paths hold the rejected candidate, whose turn may have been missed.
  const isBack = stage === "unchanged" &&
    (state.change.kind === "settling" || next.pending !== pending);
  const turnAt = isOver ? undefined : now.model.turnAt;
  return enter(knowing(now, { health, turnAt }), next, [
    ...log(...lines, ...feedbackLines(now, state, stage)),
    ...lookAgain(now, nextLookAt),
    ...(isBack ? retryTimer(next.pending) : []),
  ]);
}

/** What is known once a look has been weighed. */
function lookedAt(pending: Pending, stage: Assessment["stage"]): Pending {
  switch (pending.kind) {
    case "acting":
    case "hooking":
      return stage === "detected"
        ? { ...pending, changedMeanwhile: true }
        : pending;
    case "rejected":
      return pending.isLookedAt ? pending : { ...pending, isLookedAt: true };
    default:
      return pending;
  }
}

function refusedOf(pending: Pending): Candidate["refused"] {
  if (pending.kind === "none") return undefined;
  const { candidate } = pending;
  return pending.kind === "rejected"
    ? { content: candidate.content, retryAt: pending.retryAt }
    : candidate.refused;
}

/** Whether the child is known to have read its baseline, so that the change is over if the paths hold that again. */
const isRevertible = (change: Running["change"]): boolean =>
  change.kind === "settled" ||
  (change.kind === "settling" && change.revertible);

/** A look that is due by now is taken at once, not through a timer. */
const lookAgain = (now: Now, nextLookAt: number | undefined): Effect[] =>
  nextLookAt !== undefined && nextLookAt <= now.at
    ? [LOOK]
    : [{ kind: "timer", name: "look", at: nextLookAt }];

/** The child ended by itself: back to the last good content if it was on trial and `^C` is not why, else the crash policy decides. */
function onExited(
  now: Now,
  state: Running,
  { status }: EventOf<"exited">,
): Transition {
  // A person at the terminal wants neither of us to go on.
  if (isInterrupted(now, state) && endsUs(now, state, status)) {
    return onCrash(now, state, status);
  }
  const why = isSoaking(state) ? "the child ended by itself" : "rolled back";
  const back = rollback(now, state, failureBy(now, state, status, why));
  return back === undefined
    ? onCrash(now, state, status)
    : beginSweep(back.now, state, status, back.goal, back.line);
}
