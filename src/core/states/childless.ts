/** What all states without a child have in common. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_BUG, EXIT_OK } from "../vocabulary/exit_status.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import * as messages from "../text/messages.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type {
  Awaiting,
  BackingOff,
  Idle,
  Preparing,
  Proving,
  Retrying,
} from "../vocabulary/state.ts";
import { endAt } from "./ending.ts";
import { enter, hold, log, stay, type Transition } from "./moves.ts";

/** What every state without a child does about signals and bugs. */
export function stepChildless(
  model: Model,
  state: Idle | Awaiting | Preparing | Proving | Retrying | BackingOff,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "bug") {
    return endAt(model, EXIT_BUG, messages.internalError(event.detail));
  }
  if (event.kind !== "signal") return stay(model);
  const plan = planSignal(event.signal, policy, false);
  switch (plan.kind) {
    case "stop":
      return endAt(model, EXIT_OK, messages.stopRequested(event.signal));
    case "forward":
      return enter(
        model,
        { ...state, held: hold(state.held, plan.signal) },
        log(messages.signalHeld(plan.signal)),
      );
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "suspend":
    case "leave":
      return stay(model);
  }
}
