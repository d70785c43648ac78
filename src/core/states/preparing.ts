/** A look at the paths becomes what the next child is started on. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { healthAtStart } from "../change/readability.ts";
import type { Preparing } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { awaitRest } from "./rest_before_start.ts";
import { prove, withoutNews } from "./proving.ts";
import {
  after,
  followHint,
  launch,
  log,
  LOOK,
  stay,
  type Transition,
} from "./moves.ts";

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
  // The first start of all takes what it finds, also when it has to try again.
  const isFirst = model.latest === undefined && policy.vetting === undefined;
  const waiting = isFirst ? undefined : awaitRest(model, state, event, policy);
  if (waiting !== undefined) return waiting;
  const next = atRest(model, state, event, policy);
  return state.change.kind === "settled"
    ? next
    : after([{ kind: "timer", name: "look", at: undefined }], next);
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

/** What the paths hold is what the child is started on. */
function prepared(
  model: Model,
  state: Preparing,
  baseline: Fingerprint,
  policy: Policy,
): Transition {
  const { reason } = state;
  const { health, faults } = healthAtStart(
    model,
    baseline,
    reason,
    policy,
  );
  const start = { ...state, baseline, rejected: undefined };
  return after(
    log(...faults),
    launch({ ...model, health, rested: baseline }, start, policy),
  );
}
