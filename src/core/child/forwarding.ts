/** Signals on their way to a child. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { hold, log } from "../transition/moves.ts";

/** Passes a signal on to the child's group, and logs it. */
export const forward = (
  { run, pid }: Pick<Running, "run" | "pid">,
  signal: Signal,
): Effect[] => [
  ...log(messages.signalForwarded(signal, pid)),
  { kind: "signal", run, signal, to: "group" },
];

/** Sends the child's group the signal that tells it of new content, and logs it. */
export const tellBySignal = (
  { run, pid }: Pick<Running, "run" | "pid">,
  signal: Signal,
): Effect[] => [
  ...log(messages.signalForwarded(signal, pid)),
  { kind: "signal", run, signal, to: "group", tells: true },
];

/** Passes a signal on, unless others wait for this child: it must not overtake those. */
export const forwardInOrder = (
  child: Running,
  signal: Signal,
): { readonly child: Running; readonly effects: readonly Effect[] } =>
  child.held.length > 0
    ? { child: { ...child, held: hold(child.held, signal) }, effects: [] }
    : { child, effects: forward(child, signal) };

/** Passes on the signals that have waited for this child. */
export const forwardHeld = (child: Running): Effect[] =>
  child.held.flatMap((signal) => forward(child, signal));
