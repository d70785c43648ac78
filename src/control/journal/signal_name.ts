/** How the end by a signal is told. Pure. */
import { SIGNAL_NUMBERS } from "../../core/vocabulary/signals.ts";

/** `SIGKILL`, or the number of a signal without a name (those for real time). */
export const signalName = (number: number): string =>
  Object.entries(SIGNAL_NUMBERS).find(([, other]) => other === number)?.[0] ??
    String(number);
