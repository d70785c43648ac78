/**
 * From a confirmed change to its effect: it waits for its turn and is vetted.
 * Whatever it is at, content that moves again takes it back to the quiet window.
 * Pure.
 */
import { actionFor } from "../rules/action_choice.ts";
import { apply, reject, retryLater } from "./applying.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
  isSame,
} from "../vocabulary/fingerprint.ts";
import * as watching from "../text/watching.ts";
import {
  APPLY_RETRY_MS,
  HELD_SIGNALS_MS,
  type Policy,
  turnAfter,
} from "../vocabulary/policy.ts";
import { takesSignals } from "../states/ready_child.ts";
import * as reloads from "../text/reload.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Model, Pending, Running } from "../vocabulary/state.ts";
import {
  after,
  enter,
  log,
  LOOK,
  stay,
  type Transition,
} from "../states/moves.ts";

/** The content that the next look is held against: what has been decided on last. */
export const decidedOn = ({ pending, baseline }: Running): Fingerprint =>
  pending.kind === "none" ? baseline : pending.candidate;

/** The content is `candidate` and rests. */
export function onConfirmed(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  // Confirmed without a decision before it, even the child's own content is
  // a change: it may have read something else in between.
  const decided = state.pending.kind !== "none";
  if (decided && !state.unsure && sameContent(state.baseline, candidate)) {
    return enter(
      { ...model, turnAt: undefined },
      { ...state, pending: { kind: "none" } },
      [...VOID, ...log(watching.changeReverted())],
    );
  }
  const turnAt = turnAfter(model, at, policy);
  return takeTurn({ ...model, turnAt }, state, candidate, at, policy);
}

const sameContent = (one: Fingerprint, other: Fingerprint) =>
  firstDifference(one, other) === undefined;

/** A change that has waited goes on, unless a path of it is gone by now: it keeps what it has then. */
export function turnHasCome(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  return isLost(model, state, candidate, policy)
    ? enter(model, withoutPending(state), [LOOK])
    : takeTurn(model, state, candidate, at, policy);
}

/**
 * Whether what is to be put into effect cannot be read any more: a path that has
 * changed or, for a new child, any.
 */
function isLost(
  { health }: Model,
  { baseline }: Running,
  candidate: Fingerprint,
  policy: Policy,
): boolean {
  const { kind } = actionFor(baseline, candidate, policy);
  return candidate.some((print, at) =>
    print.kind !== "fault" && health[at].kind !== "ok" &&
    (kind === "restart" || !isSame([print], [baseline[at]]))
  );
}

/** Goes on with the change if its turn has come, and says what it waits for if not. */
export function takeTurn(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  const dueAt = model.turnAt ?? at;
  const closed = model.gate === "held";
  if (!closed && model.retiring === undefined && dueAt <= at) {
    const action = actionFor(state.baseline, candidate, policy);
    return action.kind === "signal" && !takesSignals(state, policy, at)
      ? awaitHandler(model, state, candidate, action.signal, policy)
      : vet(model, state, candidate, at, policy);
  }
  const line = closed
    ? reloads.deferredByHold()
    : model.retiring !== undefined
    ? reloads.deferredByRetiring(model.retiring.pid)
    : reloads.deferred(dueAt - at);
  const timed = !closed && model.retiring === undefined;
  return enter(model, { ...state, pending: { kind: "deferred", candidate } }, [
    ...log(line),
    { kind: "timer", name: "defer", at: timed ? dueAt : undefined },
  ]);
}

/** A signal before the child has a handler for it would end it. */
function awaitHandler(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  signal: Signal,
  policy: Policy,
): Transition {
  // With a sign, its coming or the end of its time is the moment.
  const at = policy.ready.sign === undefined
    ? state.startedAt + HELD_SIGNALS_MS
    : undefined;
  return enter(model, { ...state, pending: { kind: "deferred", candidate } }, [
    ...log(reloads.changeSignalHeld(signal, state.pid)),
    { kind: "timer", name: "defer", at },
  ]);
}

function vet(
  model: Model,
  state: Running,
  candidate: Fingerprint,
  at: number,
  policy: Policy,
): Transition {
  if (policy.vetting === undefined) {
    return apply(model, state, candidate, at, policy);
  }
  const ticket = model.ticket + 1;
  const pending = { kind: "vetting", candidate, ticket } as const;
  return enter({ ...model, ticket }, { ...state, pending }, [
    ...log(reloads.vetting()),
    { kind: "vet", ticket, content: candidate },
  ]);
}

export function onVetted(
  model: Model,
  state: Running,
  { ticket, verdict, at }: Extract<Event, { kind: "vetted" }>,
  policy: Policy,
): Transition {
  const { pending } = state;
  if (pending.kind !== "vetting" || pending.ticket !== ticket) {
    return stay(model);
  }
  const { candidate } = pending;
  switch (verdict.kind) {
    case "approved": {
      if (!policy.snapshots && isLost(model, state, candidate, policy)) {
        return enter(model, withoutPending(state), [LOOK]);
      }
      const vetted = { ...model, vetted: candidate };
      // Held back meanwhile, it is vetted again when its turn comes.
      const go = model.gate === "held" ? takeTurn : apply;
      const next = go(vetted, state, candidate, at, policy);
      return after(log(reloads.approved()), next);
    }
    case "moved":
      return enter(model, withoutPending(state), [LOOK]);
    case "rejected":
      return reject(
        model,
        state,
        candidate,
        at,
        policy,
        log(
          reloads.rejected(verdict.detail),
          ...reloads.outputOf(reloads.checkOutput, verdict.tail),
        ),
      );
    case "unsaved": {
      const line = reloads.unsaved(verdict.detail, APPLY_RETRY_MS);
      return retryLater(model, state, candidate, line, at);
    }
  }
}

/** The child as before the decision: with the same doubts. */
export const withoutPending = (state: Running): Running => ({
  ...state,
  change: state.unsure ? { kind: "doubted" } : state.change,
  pending: { kind: "none" },
});

/** Gives up what was begun for content that is not there any more. */
export const VOID: readonly Effect[] = [
  { kind: "timer", name: "defer", at: undefined },
  { kind: "cancel" },
];

/** What is given up as soon as the content moves; not an action that the child may have heard of. */
export const isVoidedByMove = ({ kind }: Pending): boolean =>
  kind === "deferred" || kind === "vetting";
