/**
 * The whole behaviour of a manager as one pure function: what it knows and what
 * happened give what it knows next and what is to be done about it.
 */
import { stepBackingOff } from "./states/backing_off.ts";
import { stepDraining } from "./states/draining.ts";
import type { Event } from "./vocabulary/event.ts";
import { stepOverlapping } from "./overlap/overlapping.ts";
import { isFirstStop, stepLingering } from "./states/lingering.ts";
import type { Policy } from "./vocabulary/policy.ts";
import * as reloads from "./text/reload_messages.ts";
import { concernsRetiring, stepRetiring } from "./overlap/retirement.ts";
import { stepRunning } from "./reload/running.ts";
import { stepAwaiting } from "./states/awaiting.ts";
import { stepIdle } from "./states/idle.ts";
import { stepPreparing } from "./states/preparing.ts";
import { stepProving } from "./states/proving.ts";
import { stepRetrying } from "./states/retrying.ts";
import { stepSpawning } from "./states/spawning.ts";
import type { Model } from "./vocabulary/model.ts";
import { stepStopping } from "./states/stopping.ts";
import { stepSweeping } from "./states/sweeping.ts";
import { after, log, stay, type Transition } from "./states/moves.ts";

/** Never throws; an event that means nothing in the present state changes nothing. */
export function step(model: Model, event: Event, policy: Policy): Transition {
  if (event.kind === "hold" && model.gate === "open") {
    return { model: { ...model, gate: "held" }, effects: log(reloads.held()) };
  }
  if (event.kind === "resume" && model.gate === "held") {
    const open: Model = { ...model, gate: "open" };
    return after(log(reloads.resumed()), stepState(open, event, policy));
  }
  if (
    isFirstStop(model, event, policy) || !concernsRetiring(model, event)
  ) return stepState(model, event, policy);
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
      return stepLingering(model, state, event, policy);
    case "done":
      return stay(model);
  }
}
