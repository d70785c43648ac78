/**
 * Puts content into effect that may be used: by a restart, by an overlap, or by
 * an action that the running child answers to. Pure.
 */
import { actionFor } from "./actions.ts";
import { beginEnd } from "./draining.ts";
import type { Effect } from "./effect.ts";
import type { Event, Outcome } from "./event.ts";
import type { Fingerprint } from "./fingerprint.ts";
import * as messages from "./messages.ts";
import { beginOverlap } from "./overlapping.ts";
import { type Policy, SHORT_RUN_MS } from "./policy.ts";
import { forward, keep, keepsContent } from "./readiness.ts";
import * as reloads from "./reload_messages.ts";
import type { Signal } from "./signals.ts";
import type { Goal, Model, Running } from "./state.ts";
import { after, enter, log, stay, type Transition } from "./transition.ts";

/** The child keeps what it has, and the content is left alone until it moves. */
export function reject(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  policy: Policy,
  effects: readonly Effect[],
): Transition {
  const rejections = model.rejections + 1;
  return enter(
    { ...model, rejections, turnAt: undefined },
    { ...state, pending: { kind: "rejected", candidate } },
    [...effects, ...keep(policy, state.baseline, model.good)],
  );
}

/** The strongest action of the paths that differ. */
export function apply(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  const action = actionFor(state.baseline, candidate, policy);
  const next = { ...model, appliedAt: at, turnAt: undefined };
  switch (action.kind) {
    case "restart":
      return restart(next, state, candidate, at, policy);
    case "none":
      return accept(next, state, candidate, policy, [
        ...log(reloads.changeIgnored()),
        ...activate(candidate, policy),
      ]);
    case "signal":
      return bySignal(next, state, candidate, action.signal, at, policy);
    case "exec":
    case "http": {
      const ticket = model.ticket + 1;
      const line = action.kind === "exec"
        ? reloads.changeRuns(action.argv)
        : reloads.changeCalls(action.method, action.url);
      const occasion = {
        reason: "config",
        reloads: model.reloads + 1,
        baseline: candidate,
        previous: state.baseline,
        saved: policy.snapshots,
      } as const;
      return enter(
        { ...next, ticket },
        { ...state, pending: { kind: "acting", candidate, ticket } },
        [
          ...log(line),
          ...activate(candidate, policy),
          { kind: "act", ticket, action, occasion },
        ],
      );
    }
  }
}

const activate = (content: Fingerprint, policy: Policy): Effect[] =>
  policy.snapshots ? [{ kind: "activate", content }] : [];

function restart(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  const wasShort = at - state.startedAt < SHORT_RUN_MS;
  const shortRuns = wasShort ? model.shortRuns + 1 : 0;
  const next = { ...model, shortRuns };
  if (policy.strategy === "overlap") {
    return after(
      log(messages.configRestart()),
      beginOverlap(next, state, candidate, policy),
    );
  }
  const goal: Goal = {
    kind: "restart",
    reason: "config",
    on: policy.snapshots ? candidate : undefined,
    rejected: undefined,
  };
  return beginEnd(next, state, goal, policy.stopSignal, policy, at, [
    messages.configRestart(),
    messages.childRestarting(),
  ]);
}

function bySignal(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  signal: Signal,
  at: number,
  policy: Policy,
): Transition {
  const { pid } = state;
  const { snapshots, ready: { timeoutMs } } = policy;
  // Whether the new content works shows only in time.
  const child: Running = snapshots
    ? {
      ...state,
      readiness: { kind: "awaited", proof: "survival", trial: true },
    }
    : { ...state, change: { kind: "unverified" } };
  const proof: Effect = snapshots
    ? { kind: "timer", name: "ready", at: at + timeoutMs }
    : { kind: "look", depth: "content", cause: "timer" };
  return accept(model, child, candidate, policy, [
    ...activate(candidate, policy),
    ...log(reloads.changeSignals(signal, pid)),
    ...forward(state, signal),
    proof,
  ]);
}

/** The child has this content now, without a restart. */
function accept(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  policy: Policy,
  effects: readonly Effect[],
): Transition {
  return enter(
    { ...model, reloads: model.reloads + 1, latest: candidate },
    {
      ...state,
      baseline: candidate,
      unsure: false,
      pending: { kind: "none" },
    },
    [...effects, ...keep(policy, candidate, model.good)],
  );
}

export function onActed(
  model: Model,
  state: Running,
  { ticket, outcome }: Extract<Event, { kind: "acted" }>,
  policy: Policy,
): Transition {
  const { pending } = state;
  if (pending.kind !== "acting" || pending.ticket !== ticket) {
    return stay(model);
  }
  const { candidate } = pending;
  // The content may have moved on meanwhile.
  const look = { kind: "look", depth: "content", cause: "timer" } as const;
  if (outcome.kind === "done") {
    const proven = state.readiness.kind === "ready"
      ? keepsContent(model, candidate, policy)
      : model;
    const effects = [...log(reloads.applied()), look];
    return accept(proven, state, candidate, policy, effects);
  }
  return reject(model, state, candidate, policy, [
    ...activate(state.baseline, policy),
    ...failure(outcome),
    look,
  ]);
}

const failure = (
  { detail, tail }: Extract<Outcome, { kind: "failed" }>,
): Effect[] =>
  log(
    reloads.notApplied(detail),
    ...reloads.outputOf(reloads.actionOutput, tail),
  );
