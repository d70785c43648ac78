/** Our own signal mask. A blocked signal never reaches a listener. */
import {
  type Signal,
  SIGNAL_NUMBERS,
  SIGNALS,
} from "../../core/vocabulary/signals.ts";
import { libcCalls } from "../libc/calls.ts";

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGSET_BYTES = 128;
const TIMESPEC_BYTES = 16;

export const maskCalls = libcCalls({
  pthread_sigmask: {
    parameters: ["i32", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
});

const pendingCalls = libcCalls({
  sigtimedwait: {
    parameters: ["buffer", "buffer", "buffer"],
    result: { struct: ["i32"] },
  },
});

/**
 * Unblocks all signals, because our parent may have blocked some
 * (sigprocmask(2)); returns false without libc.
 */
export function unblockSignals(): boolean {
  const calls = maskCalls();
  calls?.pthread_sigmask(SIG_SETMASK, new Uint8Array(SIGSET_BYTES), null);
  return calls !== undefined;
}

/** Blocks a signal: it waits in the kernel until signals are unblocked. */
export function blockSignals(signal: Signal): void {
  maskCalls()?.pthread_sigmask(SIG_BLOCK, setOf([signal]), null);
}

/**
 * Takes those of the signals that are blocked and pending out of the kernel
 * (sigtimedwait(2)), so that no listener gets them; none without libc.
 */
export function takePending(signals: readonly Signal[]): Signal[] {
  const calls = pendingCalls();
  if (calls === undefined) return [];
  const set = setOf(signals);
  const atOnce = new Uint8Array(TIMESPEC_BYTES);
  const taken: Signal[] = [];
  for (;;) {
    const result = calls.sigtimedwait(set, null, atOnce);
    const [number] = new Int32Array(result.buffer);
    const signal = SIGNALS.find((name) => SIGNAL_NUMBERS[name] === number);
    if (signal === undefined) return taken;
    taken.push(signal);
  }
}

/** The signals as a sigset_t. */
function setOf(signals: readonly Signal[]): Uint8Array<ArrayBuffer> {
  const set = new Uint8Array(SIGSET_BYTES);
  for (const signal of signals) {
    const bit = SIGNAL_NUMBERS[signal] - 1;
    set[bit >> 3] |= 1 << (bit & 7);
  }
  return set;
}
