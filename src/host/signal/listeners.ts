/**
 * Hears every signal. This must be the first module that the program evaluates:
 * once any listener exists, one of HUP, INT and TERM without a listener of its
 * own kills the process (measured on Deno 2.7.11). For the same reason those
 * three come first and no listener is ever removed.
 *
 * The executable's entry point has blocked the six signals that people and
 * orchestrators send (scripts/elf_entry.ts): they wait in the kernel until
 * `subscribe` or `unblockFirst`. Without that entry point, as under `deno run`,
 * one that comes before its listener is lost on PID 1. A listener takes 20 us to
 * install; the other signals are heard when `hearAll` is called, so that they do
 * not hold up the child's start.
 *
 * Signals that arrive before `subscribe` are kept, in order. SIGCHLD has its
 * own subscriber: it is ours, not the child's.
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
  // Without a listener it kills: the log may be at `ulimit -f` from its first line.
  "SIGXFSZ",
  // Where our parent ignored it, children would leave no status.
  "SIGCHLD",
];

/** More than one of each kind cannot be pending: the kernel coalesces them too. */
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

/** Hears every signal that can be heard from now on. */
export const hearAll = () => hear(HEARD);

let areFirstBlocked = true;

/**
 * Unblocks what the entry point has blocked. That has installed a handler of
 * SIGURG which does it, once, because a handler needs no libc; without that
 * entry point SIGURG is ignored, as it is by default.
 */
export function unblockFirst(): void {
  if (!areFirstBlocked) return;
  areFirstBlocked = false;
  Deno.kill(Deno.pid, "SIGURG");
}

/**
 * Sends every signal but SIGCHLD to `onSignal`, and SIGCHLD to `onChild`; what
 * was heard before, or has waited in the kernel, comes first and at once. Call
 * it once. Neither may throw.
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
