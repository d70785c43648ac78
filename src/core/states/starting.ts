/**
 * The states before a child is spawned: awaiting its dependencies, preparing (a
 * look at the paths becomes the baseline) and proving (the content is vetted).
 * Pure.
 */
import { endAt } from "./ending.ts";
import type { Event, Verdict } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_OK,
} from "../vocabulary/exit_status.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { quietRule } from "../change/debounce.ts";
import * as messages from "../text/manager.ts";
import { begin, healthAtStart, prepared } from "./opening.ts";
import type { Policy } from "../vocabulary/policy.ts";
import * as reloads from "../text/reload.ts";
import { awaitRest } from "./rest_before_start.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type {
  Awaiting,
  BackingOff,
  Idle,
  Model,
  Preparing,
  Proving,
  Reason,
  Retrying,
} from "../vocabulary/state.ts";
import {
  after,
  enter,
  followHint,
  hold,
  launch,
  log,
  LOOK,
  prepare,
  stay,
  type Transition,
} from "./moves.ts";

/** Signals may come before the manager begins: a stop leaves nothing to begin with. */
export function stepIdle(
  model: Model,
  state: Idle,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind !== "begin") {
    return stepChildless(model, state, event, policy);
  }
  const { held } = state;
  const { waitTimeoutMs } = policy;
  if (waitTimeoutMs === undefined) {
    return begin(model, held, event.at, policy);
  }
  return enter(model, { kind: "awaiting", held }, [
    { kind: "awaitDependencies" },
    { kind: "timer", name: "await", at: event.at + waitTimeoutMs },
  ]);
}

export function stepAwaiting(
  model: Model,
  state: Awaiting,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "available":
      return after([
        { kind: "timer", name: "await", at: undefined },
        ...log(reloads.dependenciesAvailable()),
      ], begin(model, state.held, event.at, policy));
    case "timer": {
      if (event.name !== "await") return stay(model);
      const line = reloads.dependenciesMissing(policy.waitTimeoutMs ?? 0);
      return endAt(model, EXIT_CHECK_FAILED, line);
    }
    default:
      return stepChildless(model, state, event, policy);
  }
}

/** But for the very first start, which takes what it finds (`opening`). */
export function stepPreparing(
  model: Model,
  state: Preparing,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "timer" && event.name === "look") {
    return { model, effects: [LOOK] };
  }
  if (event.kind === "hint" && state.change.kind === "settling") {
    // No child runs meanwhile: what a start waits for is not left to a timer.
    return followHint(model, event);
  }
  if (event.kind !== "observed") {
    return stepChildless(model, state, event, policy);
  }
  // An older look was under way when ours was asked for.
  if (event.startedAt < state.since) return stay(model);
  return awaitRest(model, state, event, policy) ?? after(
    [{ kind: "timer", name: "look", at: undefined }],
    atRest(model, state, event, policy),
  );
}

/** What the paths hold is used: vetted, where it has to be. */
function atRest(
  model: Model,
  state: Preparing,
  { at, observation: { fingerprint: baseline } }: Extract<
    Event,
    { kind: "observed" }
  >,
  policy: Policy,
): Transition {
  if (policy.vetting === undefined) {
    return prepared(model, state, baseline, policy);
  }
  // What was approved may not be saved any more; what the last child had is.
  const last = policy.snapshots ? model.latest : model.vetted;
  const known = last !== undefined &&
    firstDifference(last, baseline) === undefined;
  if (!known) return prove(model, state, baseline, at);
  const { health, faults } = healthAtStart(
    model,
    baseline,
    state.reason,
    policy,
  );
  const start = {
    ...state,
    ...(policy.snapshots
      ? { baseline: last, reason: withoutNews(state.reason) }
      : { baseline }),
    rejected: undefined,
  };
  return after(log(...faults), launch({ ...model, health }, start, policy));
}

function prove(
  model: Model,
  { run, reason, failures, held, vettedFrom }: Preparing,
  baseline: Fingerprint,
  at: number,
): Transition {
  const ticket = model.ticket + 1;
  const since = vettedFrom ?? at;
  const start = { run, reason, failures, held, baseline, ticket, since };
  return enter({ ...model, ticket }, { kind: "proving", ...start }, [
    ...log(reloads.vetting()),
    { kind: "vet", ticket, content: baseline },
    // What was hinted at during the look before has not been followed.
    LOOK,
  ]);
}

export function stepProving(
  model: Model,
  state: Proving,
  event: Event,
  policy: Policy,
): Transition {
  // A copy is what it is; the paths themselves may move while they are checked.
  if (!policy.snapshots && event.kind === "hint") {
    return followHint(model, event);
  }
  if (!policy.snapshots && event.kind === "observed") {
    return onMoved(model, state, event, policy);
  }
  if (event.kind !== "vetted") {
    return stepChildless(model, state, event, policy);
  }
  if (event.ticket !== state.ticket) return stay(model);
  const { verdict } = event;
  switch (verdict.kind) {
    case "moved":
      return prepare(model, state, event.at);
    case "approved": {
      const { baseline, reason } = state;
      const { health, faults } = healthAtStart(
        model,
        baseline,
        reason,
        policy,
      );
      const vetted = { ...model, health, vetted: baseline };
      return after(
        log(reloads.approved(), ...faults),
        launch(vetted, { ...state, rejected: undefined }, policy),
      );
    }
    default:
      return refused(model, state, verdict, policy);
  }
}

/**
 * What is being checked may not be there any more: then it is given up, but not
 * for ever, since no child runs meanwhile.
 */
function onMoved(
  model: Model,
  state: Proving,
  { at, observation }: Extract<Event, { kind: "observed" }>,
  policy: Policy,
): Transition {
  const { baseline, since } = state;
  const { maxMs } = quietRule(policy, model.shortRuns);
  const isThere = firstDifference(baseline, observation.fingerprint) ===
    undefined;
  return isThere || at >= since + maxMs ? stay(model) : after(
    [{ kind: "cancel" }],
    prepare({ ...model, rested: baseline }, state, at, since),
  );
}

/** With nothing to fall back on this is the end, unless the user wants it tried. */
function refused(
  model: Model,
  state: Proving,
  verdict: Extract<Verdict, { kind: "rejected" | "unsaved" }>,
  policy: Policy,
): Transition {
  const output = verdict.kind === "rejected"
    ? reloads.outputOf(reloads.checkOutput, verdict.tail)
    : [];
  const { detail } = verdict;
  const start = { ...state, rejected: undefined };
  if (verdict.kind === "unsaved" && model.latest !== undefined) {
    // Nothing is wrong with the content: the next child's first look finds it again.
    return after(
      log(reloads.unsavedAtStart(detail)),
      launch(model, { ...start, baseline: model.latest }, policy),
    );
  }
  if (policy.snapshots && model.latest !== undefined) {
    const last = {
      ...state,
      reason: withoutNews(state.reason),
      baseline: model.latest,
      rejected: state.baseline,
    };
    return after(
      log(reloads.rejectedSoStartingOnLast(detail), ...output),
      launch(counted(model), last, policy),
    );
  }
  if (verdict.kind === "unsaved") {
    return endAt(model, EXIT_CHECK_FAILED, reloads.unsavedAtStart(detail));
  }
  // After the first start there was a child, and none is worse than this one.
  if (state.reason !== "start" || policy.vetting?.atStart === "warn") {
    return after(
      log(reloads.rejectedButStarting(detail), ...output),
      launch(counted(model), start, policy),
    );
  }
  const line = reloads.rejectedAtStart(detail);
  return endAt(model, EXIT_CHECK_FAILED, line, ...output);
}

/** A child that gets what the last one had is no reload, and not on trial. */
const withoutNews = (reason: Reason): Reason =>
  reason === "config" ? "crash" : reason;

const counted = (model: Model): Model => ({
  ...model,
  rejections: model.rejections + 1,
});

/** What every state without a child does about signals and bugs. */
export function stepChildless(
  model: Model,
  state: Idle | Awaiting | Preparing | Proving | Retrying | BackingOff,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "bug") {
    return endAt(model, EXIT_BUG, messages.internalError(event.detail));
  }
  if (event.kind !== "signal") return stay(model);
  const plan = planSignal(event.signal, policy, false);
  switch (plan.kind) {
    case "stop":
      return endAt(model, EXIT_OK, messages.stopRequested(event.signal));
    case "forward":
      return enter(
        model,
        { ...state, held: hold(state.held, plan.signal) },
        log(messages.signalHeld(plan.signal)),
      );
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "suspend":
    case "leave":
      return stay(model);
  }
}
