/**
 * Puts content into effect that may be used: by a restart, by an overlap, or by
 * an action that the running child answers to. Pure.
 */
import { actionFor } from "../rules/action_choice.ts";
import { beginEnd } from "../states/draining.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, Outcome } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import { forward } from "../states/forwarding.ts";
import type { Message } from "../vocabulary/message.ts";
import * as messages from "../text/manager.ts";
import { beginOverlap } from "../overlap/overlapping.ts";
import {
  APPLY_RETRY_MS,
  type Policy,
  SHORT_RUN_MS,
} from "../vocabulary/policy.ts";
import { activate, keep, keepsContent } from "../states/ready_child.ts";
import * as reloads from "../text/reload.ts";
import type { Gentle } from "../vocabulary/settings.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal, Model, Running } from "../vocabulary/state.ts";
import {
  after,
  enter,
  log,
  LOOK,
  stay,
  then,
  type Transition,
} from "../states/moves.ts";

/** The child keeps what it has, and the content is left alone until it moves. */
export function reject(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
  effects: readonly Effect[],
): Transition {
  const rejections = model.rejections + 1;
  return enter(
    { ...model, rejections, turnAt: undefined },
    { ...state, pending: { kind: "rejected", candidate, at } },
    [...effects, ...keep(policy, state.baseline, model.good, state.given)],
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
  if (action.kind === "restart") {
    return restart(next, state, candidate, at, policy);
  }
  // A child that runs on saved content finds the new one only by the host's doing.
  const here = action.kind === "none" || action.kind === "signal";
  if (here && !policy.snapshots) {
    return carryOut(next, state, candidate, action, at, policy);
  }
  const ticket = model.ticket + 1;
  const occasion = {
    reason: "config",
    reloads: model.reloads + 1,
    baseline: candidate,
    previous: state.baseline,
    saved: policy.snapshots,
  } as const;
  return enter(
    { ...next, ticket },
    {
      ...state,
      pending: {
        kind: "acting",
        candidate,
        action,
        ticket,
        content: "still",
      },
    },
    [
      ...log(...announcement(action)),
      { kind: "act", ticket, action, occasion },
    ],
  );
}

function announcement(action: Gentle): Message[] {
  switch (action.kind) {
    case "exec":
      return [reloads.changeRuns(action.argv)];
    case "http":
      return [reloads.changeCalls(action.method, action.url)];
    case "none":
    case "signal":
      return [];
  }
}

/** What is ours to do once the child can find the content. */
function carryOut(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  action: Gentle,
  at: number,
  policy: Policy,
): Transition {
  switch (action.kind) {
    case "none":
      return accept(
        model,
        state,
        // A path that is gone is still what the child has read of it.
        policy.snapshots ? candidate : over(state.baseline, candidate),
        policy,
        log(reloads.changeIgnored()),
      );
    case "signal":
      return bySignal(model, state, candidate, action.signal, at, policy);
    case "exec":
    case "http":
      return accept(
        state.readiness.kind === "ready"
          ? keepsContent(model, candidate, policy)
          : model,
        { ...state, given: candidate },
        candidate,
        policy,
        log(reloads.applied()),
      );
  }
}

/** The content, with what was known of paths that cannot be read in it. */
const over = (known: Fingerprint, content: Fingerprint): Fingerprint =>
  content.map((print, at) => print.kind === "fault" ? known[at] : print);

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
  const { snapshots, ready } = policy;
  const by = at + ready.timeoutMs;
  // Whether the new content works shows only in time.
  const told = { ...state, given: candidate };
  const child: Running = snapshots
    ? {
      ...told,
      readiness: { kind: "awaited", proof: "survival", trial: true, by },
    }
    : { ...told, change: { kind: "unverified", since: at } };
  const proof: Effect = snapshots
    ? { kind: "timer", name: "ready", at: by }
    : LOOK;
  return accept(model, child, candidate, policy, [
    ...log(reloads.changeSignals(signal, pid)),
    ...forward(state, signal),
    proof,
  ]);
}

/** The content needs no restart. */
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
    [...effects, ...keep(policy, candidate, model.good, state.given)],
  );
}

export function onActed(
  model: Model,
  state: Running,
  { ticket, outcome, at }: Extract<Event, { kind: "acted" }>,
  policy: Policy,
): Transition {
  const { pending } = state;
  if (pending.kind !== "acting" || pending.ticket !== ticket) {
    return stay(model);
  }
  const { candidate, action } = pending;
  // The content may have moved on meanwhile: it is looked at again.
  switch (outcome.kind) {
    case "done": {
      // A copy is what it is; the paths themselves may have been read as they moved.
      const doubted = pending.content === "moved" && !policy.snapshots &&
        state.change.kind === "settled";
      const child: Running = doubted
        ? { ...state, change: { kind: "doubted" } }
        : state;
      return then(
        carryOut(model, child, candidate, action, at, policy),
        [LOOK],
      );
    }
    case "unswitched": {
      const line = reloads.notSwitched(outcome.detail, APPLY_RETRY_MS);
      return after([LOOK], retryLater(model, state, candidate, line, at));
    }
    case "failed":
      return reject(model, state, candidate, at, policy, [
        ...activate(policy, state.baseline),
        ...failure(outcome),
        LOOK,
      ]);
  }
}

/** What keeps the content from being used has nothing to do with it. */
export function retryLater(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  line: Message,
  at: number,
): Transition {
  // Other content need not wait for that.
  return enter(
    { ...model, turnAt: undefined },
    { ...state, pending: { kind: "deferred", candidate } },
    [
      ...log(line),
      { kind: "timer", name: "defer", at: at + APPLY_RETRY_MS },
    ],
  );
}

const failure = (
  { detail, tail }: Extract<Outcome, { kind: "failed" }>,
): Effect[] =>
  log(
    reloads.notApplied(detail),
    ...reloads.outputOf(reloads.actionOutput, tail),
  );
