/** The state before `begin`, and the way from there to the first child. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Idle } from "../vocabulary/state.ts";
import { startWhenAvailable } from "./awaiting.ts";
import { stepChildless } from "./childless.ts";
import type { Now, Transition } from "../transition/moves.ts";
import { contentWithoutPaths, nextStart } from "./start.ts";

/**
 * Signals may arrive before `begin`: after a stop the manager has ended, and nothing
 * begins. Without paths, and without a check, there is nothing to look at before the
 * first child.
 */
export function stepIdle(now: Now, state: Idle, event: Event): Transition {
  if (event.kind !== "begin") return stepChildless(now, state, event);
  const start = nextStart(now, { reason: "start", held: state.held });
  return startWhenAvailable(now, start, contentWithoutPaths(now.policy));
}
