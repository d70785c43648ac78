/** Signals on their way to a child. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import * as messages from "../text/manager.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Running } from "../vocabulary/state.ts";
import { log } from "./moves.ts";

/** The signals that have waited for this child. */
export const forwardHeld = (state: Running): Effect[] =>
  state.held.flatMap((signal) => forward(state, signal));

/** Passes a signal on to the child's group. */
export function forward(
  { run, pid }: Pick<Running, "run" | "pid">,
  signal: Signal,
): Effect[] {
  return [
    ...log(messages.signalForwarded(signal, pid)),
    { kind: "signal", run, signal },
  ];
}
