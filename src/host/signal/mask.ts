/** Our own signal mask: a blocked signal never reaches a listener. */
import { type Signal, SIGNAL_NUMBERS } from "../../core/vocabulary/signals.ts";
import { libcCalls } from "../libc/calls.ts";

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGSET_BYTES = 128;

export const maskCalls = libcCalls({
  pthread_sigmask: {
    parameters: ["i32", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
});

/** Takes back what our parent may have blocked (sigprocmask(2)), for all signals; false without libc. */
export function unblockSignals(): boolean {
  const calls = maskCalls();
  calls?.pthread_sigmask(SIG_SETMASK, new Uint8Array(SIGSET_BYTES), null);
  return calls !== undefined;
}

/** Holds a signal back in the kernel until signals are unblocked. */
export function blockSignals(signal: Signal): void {
  const set = new Uint8Array(SIGSET_BYTES);
  const bit = SIGNAL_NUMBERS[signal] - 1;
  set[bit >> 3] = 1 << (bit & 7);
  maskCalls()?.pthread_sigmask(SIG_BLOCK, set, null);
}
