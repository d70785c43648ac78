/**
 * Listens for every signal. This must be the first module that the program
 * evaluates: once any listener exists, a HUP, INT or TERM without a listener of
 * its own kills the process (measured on Deno 2.7.11). For the same reason
 * those three come first and no listener is ever removed.
 *
 * The executable's entry point has blocked the six signals that people and
 * orchestrators send (scripts/elf_entry.ts): they wait in the kernel until
 * `subscribe` or `unblockFirst`. Without that entry point, as under `deno run`,
 * a signal that comes before its listener is lost on PID 1. Installing a
 * listener takes 20 us. The listeners of all other signals are installed by
 * `hearAll`, so that they do not delay the child's start.
 *
 * Signals that arrive before `subscribe` are kept, in order. SIGCHLD has a
 * subscriber of its own: it is meant for the manager, not for the child.
 */
import { HEARD, type Signal } from "../../core/vocabulary/signals.ts";
import { takePending } from "./mask.ts";

const FIRST: readonly Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGTERM",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  // Without a listener it kills the process: the log may reach `ulimit -f` with
  // its first line.
  "SIGXFSZ",
  // If our parent ignored it, children would leave no status.
  "SIGCHLD",
];

/**
 * A set is enough: the kernel, too, keeps only one pending signal of each kind.
 */
const early = new Set<Signal>();
let deliver = (signal: Signal): void => {
  early.add(signal);
};

const heard = new Set<Signal>();

function hear(signals: readonly Signal[]): void {
  for (const signal of signals) {
    if (heard.has(signal)) continue;
    heard.add(signal);
    // A listener that throws would never be called again: `deliver` must not.
    Deno.addSignalListener(signal, () => deliver(signal));
  }
}

hear(FIRST);

/** Listens for every signal that can be caught, from now on. */
export const hearAll = () => hear(HEARD);

let areFirstBlocked = true;

/**
 * Unblocks the signals that the entry point has blocked. The entry point has
 * installed a handler of SIGURG that does this once, because a handler needs no
 * libc. Without that entry point SIGURG is ignored, as it is by default.
 */
export function unblockFirst(): void {
  if (!areFirstBlocked) return;
  areFirstBlocked = false;
  Deno.kill(Deno.pid, "SIGURG");
}

/**
 * Passes SIGCHLD to `onChild` and every other signal to `onSignal`. Signals
 * that came before, or that have waited in the kernel, are passed at once and
 * first. Call it once. Neither callback may throw.
 */
export function subscribe(
  onSignal: (signal: Signal) => void,
  onChild: () => void,
): void {
  deliver = (signal) => signal === "SIGCHLD" ? onChild() : onSignal(signal);
  for (const signal of [...early, ...takePending(FIRST)]) deliver(signal);
  early.clear();
  unblockFirst();
}
