/**
 * The whole behaviour of a manager as one pure function: what it knows and what
 * happened give what it knows next and what is to be done about it.
 */
import { stepBackingOff } from "./states/backing_off.ts";
import { stepDraining } from "./states/draining.ts";
import type { Event } from "./vocabulary/event.ts";
import { stepOverlapping } from "./overlap/overlapping.ts";
import { EXIT_BUG } from "./vocabulary/exit_status.ts";
import { stopLingering } from "./states/ending.ts";
import * as messages from "./text/manager.ts";
import { opening } from "./states/opening.ts";
import type { Policy } from "./vocabulary/policy.ts";
import * as reloads from "./text/reload.ts";
import { concernsRetiring, stepRetiring } from "./overlap/retirement.ts";
import { planSignal } from "./rules/signal_plan.ts";
import { stepRunning } from "./reload/running.ts";
import { stepRetrying, stepSpawning } from "./states/spawning.ts";
import {
  stepAwaiting,
  stepIdle,
  stepPreparing,
  stepProving,
} from "./states/starting.ts";
import type { Model } from "./vocabulary/state.ts";
import { stepStopping } from "./states/stopping.ts";
import { stepSweeping } from "./states/sweeping.ts";
import { after, enter, log, stay, type Transition } from "./states/moves.ts";

/** Never throws; an event that means nothing in the present state changes nothing. */
export const step = (model: Model, event: Event, policy: Policy): Transition =>
  opening(model, event, policy) ?? stepAny(model, event, policy);

function stepAny(model: Model, event: Event, policy: Policy): Transition {
  if (event.kind === "hold" && model.gate === "open") {
    return { model: { ...model, gate: "held" }, effects: log(reloads.held()) };
  }
  if (event.kind === "resume" && model.gate === "held") {
    const open: Model = { ...model, gate: "open" };
    return after(log(reloads.resumed()), stepState(open, event, policy));
  }
  const { state } = model;
  if (
    event.kind === "signal" && state.kind === "lingering" &&
    state.stop === "unasked" &&
    planSignal(event.signal, policy, true).kind === "stop"
  ) return stopLingering(model, state, event.signal);
  if (!concernsRetiring(model, event)) return stepState(model, event, policy);
  if (event.kind === "bug") {
    const main = stepState(model, event, policy);
    return after(main.effects, stepRetiring(main.model, event, policy));
  }
  const beside = stepRetiring(model, event, policy);
  return event.kind === "signal"
    ? after(beside.effects, stepState(beside.model, event, policy))
    : beside;
}

function stepState(model: Model, event: Event, policy: Policy): Transition {
  const { state } = model;
  switch (state.kind) {
    case "idle":
      return stepIdle(model, state, event, policy);
    case "awaiting":
      return stepAwaiting(model, state, event, policy);
    case "preparing":
      return stepPreparing(model, state, event, policy);
    case "proving":
      return stepProving(model, state, event, policy);
    case "spawning":
      return stepSpawning(model, state, event, policy);
    case "retrying":
      return stepRetrying(model, state, event, policy);
    case "backingOff":
      return stepBackingOff(model, state, event, policy);
    case "running":
      return stepRunning(model, state, event, policy);
    case "draining":
      return stepDraining(model, state, event, policy);
    case "overlapping":
      return stepOverlapping(model, state, event, policy);
    case "stopping":
      return stepStopping(model, state, event, policy);
    case "sweeping":
      return stepSweeping(model, state, event, policy);
    case "lingering":
      return event.kind === "bug"
        ? enter(
          model,
          { ...state, code: EXIT_BUG },
          log(messages.internalError(event.detail)),
        )
        : stay(model);
    case "done":
      return stay(model);
  }
}
