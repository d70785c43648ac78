/**
 * A child on its way out beside another one: after an overlap the old one, or
 * the new one that never became ready. It is stopped and swept by the same
 * steps as any child; only its timers have names of their own. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import { isStuck } from "../states/ending.ts";
import type { Event, TimerName } from "../vocabulary/event.ts";
import * as messages from "../text/manager.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model, State } from "../vocabulary/state.ts";
import { stepStopping } from "../states/stopping.ts";
import { stepSweeping } from "../states/sweeping.ts";
import { after, enter, log, stay, type Transition } from "../states/moves.ts";

const BESIDE: Partial<Record<TimerName, TimerName>> = {
  stop: "retireStop",
  probe: "retireProbe",
};
const ALONE: Partial<Record<TimerName, TimerName>> = {
  retireStop: "stop",
  retireProbe: "probe",
};

/** The manager in `state`, and beside it a child whose end `begin` begins as if it were the only one. */
export function retire(
  model: Model,
  state: State,
  begin: (alone: Model) => Transition,
): Transition {
  return beside({ ...model, state }, begin(model));
}

/** Whether the event is about the child that retires, or for both. */
export function concernsRetiring({ retiring, state }: Model, event: Event) {
  if (retiring === undefined) return false;
  switch (event.kind) {
    case "exited":
    case "groupProbed":
      return event.run === retiring.run;
    case "timer":
      return ALONE[event.name] !== undefined;
    case "signal":
      // The second request to stop is urgent for everybody.
      return isEnding(state);
    case "bug":
      return true;
    default:
      return false;
  }
}

const isEnding = (state: State): boolean =>
  state.kind === "lingering" ||
  ((state.kind === "stopping" || state.kind === "sweeping") &&
    state.goal.kind === "shutdown");

/** Takes the step of the child that retires. */
export function stepRetiring(
  model: Model,
  event: Event,
  policy: Policy,
): Transition {
  const { retiring } = model;
  if (retiring === undefined) return stay(model);
  const alone: Model = { ...model, state: retiring, retiring: undefined };
  const known = event.kind === "timer"
    ? { ...event, name: ALONE[event.name] ?? event.name }
    : event;
  const out = retiring.kind === "stopping"
    ? stepStopping(alone, retiring, known, policy)
    : stepSweeping(alone, retiring, known, policy);
  const next = beside(model, out);
  return next.model.retiring === undefined || isStuck(next.model)
    ? after(next.effects, ended(next.model, event.at))
    : next;
}

/** The outcome of a step that a child took as if alone, beside the rest. */
function beside(model: Model, { model: { state }, effects }: Transition) {
  const there = state.kind === "stopping" || state.kind === "sweeping";
  return {
    model: { ...model, retiring: there ? state : undefined },
    effects: effects.flatMap((effect) => renamed(effect)),
  };
}

/** What a child alone would disarm belongs to the other one now. */
function renamed(effect: Effect): Effect[] {
  if (effect.kind === "cancel") return [];
  if (effect.kind !== "timer") return [effect];
  const name = BESIDE[effect.name];
  return name === undefined ? [] : [{ ...effect, name }];
}

/** The place beside is free again: for the end, or for a change that has waited for it. */
function ended(model: Model, at: number): Transition {
  if (model.state.kind === "lingering") {
    const { code } = model.state;
    const line = messages.shutdownComplete();
    return enter(model, { kind: "done", code }, log(line));
  }
  if (model.retiring !== undefined) return stay(model);
  return { model, effects: [{ kind: "timer", name: "defer", at }] };
}
