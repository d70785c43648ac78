/** What all states without a child have in common. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_BUG, EXIT_OK } from "../vocabulary/exit_status.ts";
import { contentToKeep } from "../vocabulary/model.ts";
import type { Childless, StartContent } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { endAtOnce } from "../transition/ending.ts";
import { haltStart } from "../transition/halting.ts";
import {
  enter,
  hold,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { onSignal } from "../transition/on_signal.ts";

/** A stop or a bug ends the manager immediately; other signals wait for the next child. An operator's stop gives up the start. */
export function stepChildless(
  now: Now,
  state: Childless,
  event: Event,
): Transition {
  switch (event.kind) {
    case "bug":
      return endAtOnce(now, EXIT_BUG, messages.internalError(event.detail));
    case "stopChild":
      return haltStart(now, state.held, contentOf(now, state));
    case "signal":
      return onSignal(now, event, "no child", {
        stop: () =>
          endAtOnce(now, EXIT_OK, messages.stopRequested(event.signal)),
        forward: (signal) =>
          enter(
            now,
            { ...state, held: hold(state.held, signal) },
            log(messages.signalHeld(signal)),
          ),
      });
    default:
      return stay(now);
  }
}

/** What the next child may be started on, where that is known and saved. */
function contentOf(
  { model, policy: { snapshots } }: Now,
  state: Childless,
): StartContent | undefined {
  if ("on" in state && state.on !== undefined) return state.on;
  const kept = contentToKeep(model);
  return snapshots && kept !== undefined
    ? { baseline: kept, rejected: undefined }
    : undefined;
}
