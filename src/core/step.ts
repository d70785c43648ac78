/**
 * The whole behaviour of a manager as one pure function: what it knows and what
 * happened give what it knows next and what is to be done about it.
 */
import { NO_CRASHES } from "./crash.ts";
import { stepDraining } from "./draining.ts";
import type { Event } from "./event.ts";
import { stepOverlapping } from "./overlapping.ts";
import { EXIT_BUG } from "./exit_status.ts";
import * as messages from "./messages.ts";
import type { Policy } from "./policy.ts";
import * as reloads from "./reload_messages.ts";
import { concernsRetiring, stepRetiring } from "./retiring.ts";
import { stepRunning } from "./running.ts";
import { stepBackingOff, stepRetrying, stepSpawning } from "./spawning.ts";
import { begin, stepAwaiting, stepPreparing, stepProving } from "./starting.ts";
import type { Model } from "./state.ts";
import { stepStopping } from "./stopping.ts";
import { stepSweeping } from "./sweeping.ts";
import { after, enter, log, stay, type Transition } from "./transition.ts";

/** A manager that has not begun. */
export function initialModel(policy: Policy): Model {
  return {
    state: { kind: "idle" },
    retiring: undefined,
    health: policy.configs.map(() => ({ kind: "ok" })),
    runs: 0,
    shortRuns: 0,
    crashes: NO_CRASHES,
    reloads: 0,
    rejections: 0,
    latest: undefined,
    vetted: undefined,
    good: undefined,
    ticket: 0,
    appliedAt: undefined,
    turnAt: undefined,
    gate: "open",
  };
}

/** Never throws; an event that means nothing in the present state changes nothing. */
export function step(model: Model, event: Event, policy: Policy): Transition {
  if (event.kind === "hold" && model.gate === "open") {
    return { model: { ...model, gate: "held" }, effects: log(reloads.held()) };
  }
  if (event.kind === "resume" && model.gate === "held") {
    const open: Model = { ...model, gate: "open" };
    return after(log(reloads.resumed()), stepState(open, event, policy));
  }
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
      return event.kind === "begin"
        ? begin(model, event.at, policy)
        : stay(model);
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
