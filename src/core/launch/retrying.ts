/** The pause after a start that failed for a passing reason. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Retrying } from "../vocabulary/state.ts";
import { stepChildless } from "../childless/childless.ts";
import type { Now, Transition } from "../transition/moves.ts";
import { startOn } from "../childless/start.ts";

export const stepRetrying = (
  now: Now,
  state: Retrying,
  event: Event,
): Transition =>
  event.kind === "timer" && event.name === "retry"
    ? startOn(now, state, state.on)
    : stepChildless(now, state, event);
