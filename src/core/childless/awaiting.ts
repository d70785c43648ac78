/** No child is running, and the next one waits for what `--wait-for` names. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import type { Awaiting, Start, StartContent } from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import { stepChildless } from "./childless.ts";
import {
  AVAILABLE,
  beginWait,
  lastLook,
  needsDependencies,
  stillMissing,
} from "./dependencies.ts";
import {
  after,
  enter,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { failStart } from "../transition/halting.ts";
import { startOf, startOn } from "./start.ts";

/** Starts a child where none is running: at once, or when its dependencies are there. */
export function startWhenAvailable(
  now: Now,
  start: Start,
  on: StartContent | undefined,
): Transition {
  if (!needsDependencies(now.policy, start.reason)) {
    return startOn(now, start, on);
  }
  const { now: next, wait, effects } = beginWait(now);
  const state = { kind: "awaiting", ...startOf(start), on, wait } as const;
  return enter(next, state, effects);
}

export function stepAwaiting(
  now: Now,
  state: Awaiting,
  event: Event,
): Transition {
  const { wait, on } = state;
  switch (event.kind) {
    case "available":
      return event.ticket === wait.ticket
        ? after(AVAILABLE, startOn(now, state, on))
        : stay(now);
    case "missing": {
      if (event.ticket !== wait.ticket) return stay(now);
      const known = stillMissing(event);
      return enter(now, { ...state, wait: known.wait }, known.effects);
    }
    case "timer":
      return event.name === "await"
        ? perform(now, [lastLook(wait)])
        : stay(now);
    case "unavailable": {
      if (event.ticket !== wait.ticket) return stay(now);
      const { waitTimeoutMs = 0 } = now.policy;
      const line = reloads.dependenciesMissing(waitTimeoutMs, event.missing);
      return failStart(now, state, on, EXIT_CHECK_FAILED, line);
    }
    default:
      return stepChildless(now, state, event);
  }
}
