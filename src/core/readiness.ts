/** When a child counts as ready, and what follows when it does not become so. Pure. */
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import { type Fingerprint, isSame } from "./fingerprint.ts";
import { beginEnd } from "./draining.ts";
import { forwardHeld } from "./forwarding.ts";
import { HELD_SIGNALS_MS, type Policy } from "./policy.ts";
import * as reloads from "./reload_messages.ts";
import type { Goal, Model, Running } from "./state.ts";
import { enter, log, stay, type Transition } from "./transition.ts";

/** Whether the child had the time, or has said, that it can take signals. */
export function takesSignals(
  { readiness, startedAt }: Running,
  policy: Policy,
  at: number,
): boolean {
  return policy.ready.sign === undefined
    ? at >= startedAt + HELD_SIGNALS_MS
    : readiness.kind !== "awaited" || readiness.proof === "survival";
}

/** The sign has come, or the child has survived: what it was given is good. */
export function becomeReady(
  model: Model,
  state: Running,
  at: number,
  policy: Policy,
): Transition {
  if (state.readiness.kind === "ready") return stay(model);
  const { readiness } = state;
  const survived = readiness.kind === "awaited" &&
    readiness.proof === "survival";
  const line = survived
    ? reloads.childProven(state.pid, policy.ready.timeoutMs)
    : reloads.childReady(state.pid, at - state.startedAt);
  return enter(
    keepsContent(model, state.given, policy),
    { ...state, readiness: { kind: "ready" }, held: [] },
    [
      ...log(line),
      { kind: "timer", name: "ready", at: undefined },
      ...keep(policy, state.baseline, state.given, candidateOf(state)),
      ...forwardHeld(state),
    ],
  );
}

/** The model once a child is known to be ready with this content. */
export const keepsContent = (
  model: Model,
  content: Fingerprint,
  policy: Policy,
): Model => policy.snapshots ? { ...model, good: content } : model;

/** Saved contents other than these can go. */
export function keep(
  policy: Policy,
  ...contents: readonly (Fingerprint | undefined)[]
): Effect[] {
  if (!policy.snapshots) return [];
  const kept = contents.filter((content) => content !== undefined);
  return [{ kind: "keep", contents: kept }];
}

/** The child finds this saved content again under the name it knows. */
export const activate = (policy: Policy, content: Fingerprint): Effect[] =>
  policy.snapshots ? [{ kind: "activate", content }] : [];

const candidateOf = ({ pending }: Running) =>
  pending.kind === "none" ? undefined : pending.candidate;

/** The child's time to become ready is over. */
export function readinessOver(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "timer" }>,
  policy: Policy,
): Transition {
  const { readiness } = state;
  if (readiness.kind !== "awaited") return stay(model);
  if (readiness.proof === "survival") {
    return becomeReady(model, state, event.at, policy);
  }
  const line = reloads.childNotReady(state.pid, policy.ready.timeoutMs);
  const back = rollback(model, state);
  if (back !== undefined) {
    return beginEnd(
      { ...model, rejections: model.rejections + 1 },
      state,
      back.goal,
      policy.stopSignal,
      policy,
      event.at,
      [line, back.line],
    );
  }
  return enter(
    model,
    { ...state, readiness: { kind: "late" }, held: [] },
    [...log(line), ...forwardHeld(state)],
  );
}

/** The way back to the last good content, where there is one and this child is on trial. */
export function rollback(
  model: Model,
  { readiness, baseline, pending, change }: Running,
) {
  const onTrial = readiness.kind === "awaited" && readiness.trial;
  const { good } = model;
  if (!onTrial || good === undefined) return undefined;
  // A copy that lacks a path is another content to the child.
  if (isSame(good, baseline)) return undefined;
  const goal: Goal = {
    kind: "restart",
    reason: "rollback",
    on: good,
    // What the paths hold by now may have been refused before.
    rejected: pending.kind === "rejected" && change.kind === "settled"
      ? pending.candidate
      : baseline,
  };
  return { goal, line: reloads.rollingBack(baseline, good) };
}
