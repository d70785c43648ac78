/** The state with a child at work: weigh what is seen, forward signals, follow its end. Pure. */
import { onActed } from "./applying.ts";
import { assess, type Assessment, quietRule } from "../change/debounce.ts";
import { beginEnd } from "../states/draining.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event } from "../vocabulary/event.ts";
import { firstDifference, isUnmoved } from "../vocabulary/fingerprint.ts";
import { forward, forwardHeld } from "../states/forwarding.ts";
import * as messages from "../text/manager.ts";
import * as watching from "../text/watching.ts";
import { type Policy, quietWindowMs } from "../vocabulary/policy.ts";
import { becomeReady } from "../states/ready_child.ts";
import { readinessOver, rollback } from "./readiness.ts";
import * as reloads from "../text/reload.ts";
import {
  decidedOn,
  isVoidedByMove,
  onConfirmed,
  onVetted,
  turnHasCome,
  VOID,
  withoutPending,
} from "./confirmed_change.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Goal, Model, Running } from "../vocabulary/state.ts";
import { beginStop, beginSweep, onCrash } from "../states/stopping.ts";
import {
  after,
  enter,
  followHint,
  hold,
  log,
  LOOK,
  stay,
  type Transition,
} from "../states/moves.ts";

export function stepRunning(
  model: Model,
  state: Running,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "hint":
      return followHint(model, event);
    case "timer":
      return onTimer(model, state, event, policy);
    case "observed":
      return onObserved(model, state, event, policy);
    case "vetted":
      return onVetted(model, state, event, policy);
    case "acted":
      return onActed(model, state, event, policy);
    case "ready":
      return event.run === state.run
        ? thenMyTurn(
          becomeReady(model, state, event.at, policy),
          event.at,
          policy,
        )
        : stay(model);
    case "resume":
      return myTurn(model, state, event.at, policy);
    case "restart":
      return onRequest(model, state, event.at, policy);
    case "exited":
      return event.run === state.run
        ? onExited(model, state, event, policy)
        : stay(model);
    case "signal":
      return onSignal(model, state, event, policy);
    case "bug":
      return beginStop(
        model,
        state,
        { kind: "bug" },
        policy.stopSignal,
        policy,
        event.at,
        [messages.internalError(event.detail)],
      );
    default:
      return stay(model);
  }
}

function onTimer(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "timer" }>,
  policy: Policy,
): Transition {
  switch (event.name) {
    case "look":
      return { model, effects: [LOOK] };
    case "held":
      return enter(model, { ...state, held: [] }, forwardHeld(state));
    case "defer":
      return myTurn(model, state, event.at, policy);
    case "ready":
      return thenMyTurn(
        readinessOver(model, state, event, policy),
        event.at,
        policy,
      );
    default:
      return stay(model);
  }
}

/** A change that waits tries again; without one nothing happens. */
function myTurn(
  model: Model,
  state: Running,
  at: number,
  policy: Policy,
): Transition {
  return state.pending.kind === "deferred"
    ? turnHasCome(model, state, state.pending.candidate, at, policy)
    : stay(model);
}

/** A change may have waited for a child that can take signals. */
function thenMyTurn(
  { model, effects }: Transition,
  at: number,
  policy: Policy,
): Transition {
  return model.state.kind === "running"
    ? after(effects, myTurn(model, model.state, at, policy))
    : { model, effects };
}

function onObserved(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "observed" }>,
  policy: Policy,
): Transition {
  const { change } = state;
  const since = change.kind === "unverified" ? change.since : state.startedAt;
  if (event.startedAt < since) {
    return onEarlyLook(model, state, event);
  }
  const { pending } = state;
  if (pending.kind === "rejected" && event.startedAt < pending.at) {
    const { fingerprint } = event.observation;
    const moved = change.kind === "settling" &&
      !isUnmoved(change.candidate, fingerprint);
    return moved
      ? enter(model, {
        ...state,
        change: {
          ...change,
          candidate: fingerprint,
          movedAt: event.at,
          whole: false,
        },
      }, [LOOK])
      : { model, effects: [LOOK] };
  }
  const { at, observation } = event;
  const first = weigh(model, state, { ...observation, at }, policy);
  const isNews = first.verdict === "detected" ||
    (first.verdict === "confirmed" && state.change.kind !== "settling");
  if (!isNews || !isVoidedByMove(state.pending)) {
    return conclude(model, state, event, first, policy);
  }
  // What was decided on is not there any more: begin again from what the child has.
  const back = withoutPending(state);
  const again = weigh(model, back, { ...observation, at }, policy);
  const taken = again.verdict === "unchanged"
    ? log(watching.changeReverted())
    : [];
  return after(
    [...VOID, ...taken],
    conclude(model, back, event, again, policy),
  );
}

/**
 * A look from before the child got this content, but from after the one that
 * became its baseline: it says nothing about what there is now, but if it found other
 * content, nobody knows which one the child has read.
 */
function onEarlyLook(
  model: Model,
  state: Running,
  { observation }: Extract<Event, { kind: "observed" }>,
): Transition {
  const { change, baseline } = state;
  const moved = change.kind === "unverified" &&
    firstDifference(baseline, observation.fingerprint) !== undefined;
  return moved
    ? enter(model, { ...state, change: { kind: "doubted" } })
    : stay(model);
}

function weigh(
  model: Model,
  state: Running,
  seen: Parameters<typeof assess>[3],
  policy: Policy,
): Assessment {
  const rule = quietRule(policy, model.shortRuns);
  return assess(state.change, model.health, decidedOn(state), seen, rule);
}

function conclude(
  model: Model,
  state: Running,
  { at, observation }: Extract<Event, { kind: "observed" }>,
  { change, health, verdict, rested, log: lines, nextLookAt }: Assessment,
  policy: Policy,
): Transition {
  const revertible = state.change.kind === "settled" ||
    (state.change.kind === "settling" && state.change.revertible);
  const unsure = state.unsure || (verdict === "confirmed" && !revertible);
  const { pending } = state;
  const isNews = verdict === "detected" || verdict === "confirmed";
  const next: Running = {
    ...state,
    change,
    unsure,
    pending: pending.kind === "acting" && isNews
      ? { ...pending, content: "moved" }
      : pending,
  };
  // An action has its end first; a look follows it.
  if (verdict === "confirmed" && pending.kind === "acting") {
    return enter(model, next);
  }
  const effects = log(...lines);
  if (verdict === "confirmed") {
    return after(
      [
        ...effects,
        { kind: "timer", name: "look", at: undefined },
      ],
      onConfirmed(
        {
          ...model,
          health,
          rested: rested ? observation.fingerprint : undefined,
        },
        next,
        observation.fingerprint,
        at,
        policy,
      ),
    );
  }
  const windowMs = quietWindowMs(policy, model.shortRuns);
  if (verdict === "detected" && windowMs > policy.debounceMs) {
    effects.push(...log(watching.changeWaits(model.shortRuns, windowMs)));
  }
  const over = change.kind === "settled" && pending.kind === "none";
  const turnAt = over ? undefined : model.turnAt;
  return enter({ ...model, health, turnAt }, next, [
    ...effects,
    ...lookAgain(nextLookAt, at),
  ]);
}

/** A look that is due by now is taken at once, not through a timer. */
function lookAgain(nextLookAt: number | undefined, at: number): Effect[] {
  if (nextLookAt !== undefined && nextLookAt <= at) {
    return [LOOK];
  }
  return [{ kind: "timer", name: "look", at: nextLookAt }];
}

function onRequest(
  model: Model,
  state: Running,
  at: number,
  policy: Policy,
): Transition {
  const { retiring } = model;
  if (retiring !== undefined) {
    return { model, effects: log(reloads.restartRefused(retiring.pid)) };
  }
  const { pending, baseline } = state;
  const goal: Goal = {
    kind: "restart",
    reason: "request",
    on: policy.snapshots ? baseline : undefined,
    rejected: pending.kind === "rejected" ? pending.candidate : undefined,
  };
  return beginEnd(model, state, goal, policy.stopSignal, policy, at, [
    reloads.restartRequested(),
    messages.childRestarting(),
  ]);
}

function onExited(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "exited" }>,
  policy: Policy,
): Transition {
  const back = rollback(model, state);
  if (back === undefined) {
    return onCrash(model, state, event.status, policy, event.at);
  }
  const counted = { ...model, rejections: model.rejections + 1 };
  const { goal, line } = back;
  return beginSweep(counted, state, event.status, goal, policy, [line]);
}

function onSignal(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "signal" }>,
  policy: Policy,
): Transition {
  const plan = planSignal(event.signal, policy, true);
  switch (plan.kind) {
    case "stop":
      return beginEnd(
        model,
        state,
        { kind: "shutdown" },
        plan.signal,
        policy,
        event.at,
        [messages.stopRequested(event.signal), messages.shuttingDown()],
      );
    case "forward":
      // Behind held signals a later one waits its turn.
      if (state.held.length > 0) {
        return enter(model, { ...state, held: hold(state.held, plan.signal) });
      }
      return { model, effects: forward(state, plan.signal) };
    case "suspend":
      return { model, effects: [{ kind: "suspend" }] };
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "leave":
      return stay(model);
  }
}
