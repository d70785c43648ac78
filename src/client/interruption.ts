/** The signals that end a subcommand, and the exit code that they end it with. */
import { exitCodeOf } from "../core/vocabulary/exit_status.ts";
import { type Signal, SIGNAL_NUMBERS } from "../core/vocabulary/signals.ts";

export type Subscribe = (onSignal: (signal: Signal) => void) => void;

/** What ends a program that does not say otherwise; the session of a terminal ends with HUP. */
const ENDING: readonly Signal[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Aborted by the first of them, which is its reason. */
export function interruptionOf(subscribe: Subscribe): AbortSignal {
  const interruption = new AbortController();
  subscribe((signal) => {
    if (ENDING.includes(signal)) interruption.abort(signal);
  });
  return interruption.signal;
}

export const codeOfSignal = (signal: Signal): number =>
  exitCodeOf({ kind: "signal", number: SIGNAL_NUMBERS[signal] });
