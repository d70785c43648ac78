/**
 * When a stop that was asked for has to be over. Whoever has asked for it (the
 * kubelet) waits no longer than that, so nothing but the children themselves may
 * take more time. Pure.
 */
import { planSignal } from "../rules/signal_plan.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, TimerName } from "../vocabulary/event.ts";
import type { Goal, State } from "../vocabulary/state.ts";
import type { Now, Transition } from "../transition/moves.ts";

/** The same transition, with the deadline that follows from it. Only `--after-exit` needs one. */
export function withStopDeadline(
  { model: before, policy, at }: Now,
  event: Event,
  next: Transition,
): Transition {
  if (policy.afterExit === undefined) return next;
  const { model, effects } = next;
  if (!isStopping(model.state)) return next;
  if (before.stopBy === undefined) {
    const drainMs = model.state.kind === "draining" ? policy.drainDelayMs : 0;
    const stopBy = at + drainMs + policy.stopTimeoutMs;
    const own = shorten(model.state, "stop", stopBy);
    const beside = shorten(model.retiring, "retireStop", stopBy);
    return {
      model: { ...model, stopBy, state: own.part, retiring: beside.part },
      effects: [...effects, ...own.effects, ...beside.effects],
    };
  }
  // A second request is urgent.
  const isUrgent = event.kind === "signal" &&
    planSignal(event.signal, policy, true).kind === "stop";
  return isUrgent && before.stopBy > at
    ? { model: { ...model, stopBy: at }, effects }
    : next;
}

/** A hook that runs already has no more time than a stop. */
function shorten<Part extends State | undefined>(
  part: Part,
  name: TimerName,
  stopBy: number,
): { readonly part: Part; readonly effects: readonly Effect[] } {
  if (part?.kind !== "afterExit" || part.by <= stopBy) {
    return { part, effects: [] };
  }
  return {
    part: { ...part, by: stopBy },
    effects: [{ kind: "timer", name, at: stopBy }],
  };
}

const isForEnd = (goal: Goal | undefined): boolean =>
  goal?.kind === "shutdown" || goal?.kind === "bug";

/** Whether somebody has asked the manager to stop, or a bug has. */
function isStopping(state: State): boolean {
  switch (state.kind) {
    case "draining":
    case "stopping":
    case "sweeping":
    case "afterExit":
      return isForEnd(state.goal);
    case "beforeStart":
    case "spawning":
      return isForEnd(state.stop?.goal);
    case "overlapping":
      return state.next.kind === "spawning" &&
        isForEnd(state.next.stop?.goal);
    case "lingering":
      return state.stop === "asked";
    default:
      return false;
  }
}
