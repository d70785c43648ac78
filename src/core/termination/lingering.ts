/** The manager's own child has ended; a child that retires has not yet. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_BUG } from "../vocabulary/exit_status.ts";
import type { Lingering } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { planSignal } from "../rules/signal_plan.ts";
import {
  enter,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { stopLines } from "../transition/on_signal.ts";

/**
 * Whether this is the first request to stop, and nobody but a child that retires
 * is left. That child keeps its time, so the request is not passed on to it.
 */
export const isFirstStop = ({ model: { state }, policy }: Now, event: Event) =>
  state.kind === "lingering" && state.stop === "unasked" &&
  event.kind === "signal" &&
  planSignal(event.signal, policy, true).kind === "stop";

/** A bug changes the exit code, and the first request to stop is logged. All else concerns the child that retires. */
export function stepLingering(
  now: Now,
  state: Lingering,
  event: Event,
): Transition {
  if (event.kind === "bug") {
    const line = messages.internalError(event.detail);
    return enter(now, { ...state, code: EXIT_BUG }, log(line));
  }
  return event.kind === "signal" && isFirstStop(now, event)
    ? enter(now, { ...state, stop: "asked" }, log(...stopLines(event)))
    : stay(now);
}
