/** What follows when a child is ready: its content is good, and it can take signals. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import { forwardHeld } from "./forwarding.ts";
import { HELD_SIGNALS_MS, type Policy } from "../vocabulary/policy.ts";
import * as reloads from "../text/reload.ts";
import type { Model, Running } from "../vocabulary/state.ts";
import { enter, log, stay, type Transition } from "./moves.ts";

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
    readiness.proof === "survival" && at >= readiness.by;
  // To survive for less than that does not show that it can take signals.
  const young = policy.ready.sign === undefined &&
    !takesSignals(state, policy, at);
  const line = survived
    ? reloads.childProven(state.pid, policy.ready.timeoutMs)
    : reloads.childReady(state.pid, at - state.startedAt);
  return enter(
    keepsContent(model, state.given, policy),
    { ...state, readiness: { kind: "ready" }, held: young ? state.held : [] },
    [
      ...log(line),
      { kind: "timer", name: "ready", at: undefined },
      ...keep(policy, state.baseline, state.given, candidateOf(state)),
      ...(young ? [] : forwardHeld(state)),
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
