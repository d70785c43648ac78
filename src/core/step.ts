/**
 * The whole behaviour of a manager as one pure function: what it knows and what
 * happened give what it knows next and what is to be done about it.
 */
import { NO_CRASHES } from "./crash.ts";
import type { Event } from "./event.ts";
import type { Policy } from "./policy.ts";
import { stepRunning } from "./running.ts";
import {
  stepBackingOff,
  stepPreparing,
  stepRetrying,
  stepSpawning,
} from "./starting.ts";
import type { Model } from "./state.ts";
import { stepStopping } from "./stopping.ts";
import { stepSweeping } from "./sweeping.ts";
import { prepare, stay, type Transition } from "./transition.ts";

/** A manager that has not begun. */
export function initialModel(policy: Policy): Model {
  return {
    state: { kind: "idle" },
    health: policy.configs.map(() => ({ kind: "ok" })),
    shortRuns: 0,
    crashes: NO_CRASHES,
    reloads: 0,
    latest: undefined,
  };
}

/** Never throws; an event that means nothing in the present state changes nothing. */
export function step(model: Model, event: Event, policy: Policy): Transition {
  const { state } = model;
  switch (state.kind) {
    case "idle":
      if (event.kind !== "begin") return stay(model);
      return prepare(
        model,
        { run: 1, reason: "start", failures: 0, held: [] },
        event.at,
      );
    case "preparing":
      return stepPreparing(model, state, event, policy);
    case "spawning":
      return stepSpawning(model, state, event, policy);
    case "retrying":
      return stepRetrying(model, state, event, policy);
    case "backingOff":
      return stepBackingOff(model, state, event, policy);
    case "running":
      return stepRunning(model, state, event, policy);
    case "stopping":
      return stepStopping(model, state, event, policy);
    case "sweeping":
      return stepSweeping(model, state, event, policy);
    case "done":
      return stay(model);
  }
}
