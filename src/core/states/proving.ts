/** The content of the next child is vetted before it is started. Pure. */
import type { Event, Verdict } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { quietRule } from "../change/debounce.ts";
import { healthAtStart } from "../change/readability.ts";
import * as reloads from "../text/reload_messages.ts";
import type { Preparing, Proving, Reason } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { endAt } from "./ending.ts";
import {
  after,
  enter,
  followHint,
  launch,
  log,
  LOOK,
  prepare,
  stay,
  type Transition,
} from "./moves.ts";

/** Asks for the content to be vetted. */
export function prove(
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
export const withoutNews = (reason: Reason): Reason =>
  reason === "config" ? "crash" : reason;

const counted = (model: Model): Model => ({
  ...model,
  rejections: model.rejections + 1,
});
