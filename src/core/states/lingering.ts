/** All but the end of the child that retires is over. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_BUG } from "../vocabulary/exit_status.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import * as messages from "../text/messages.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Lingering } from "../vocabulary/state.ts";
import { enter, log, stay, type Transition } from "./moves.ts";

/** Whether this is a first request to stop, which leaves the child that retires its time. */
export const isFirstStop = (
  { state }: Model,
  event: Event,
  policy: Policy,
): boolean =>
  state.kind === "lingering" && state.stop === "unasked" &&
  event.kind === "signal" &&
  planSignal(event.signal, policy, true).kind === "stop";

/** Of a signal only a first request to stop is the manager's: the others are about the child that retires. */
export function stepLingering(
  model: Model,
  state: Lingering,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "bug") {
    return enter(
      model,
      { ...state, code: EXIT_BUG },
      log(messages.internalError(event.detail)),
    );
  }
  if (event.kind !== "signal" || !isFirstStop(model, event, policy)) {
    return stay(model);
  }
  return enter(
    model,
    { ...state, stop: "asked" },
    log(messages.stopRequested(event.signal), messages.shuttingDown()),
  );
}
