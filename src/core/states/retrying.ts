/** The pause after a start that failed for a passing reason. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Retrying } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { launch, prepare, type Transition } from "./moves.ts";

export function stepRetrying(
  model: Model,
  state: Retrying,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "timer" && event.name === "retry") {
    return state.on === undefined
      ? prepare(model, state, event.at)
      : launch(model, { ...state, ...state.on }, policy);
  }
  return stepChildless(model, state, event, policy);
}
