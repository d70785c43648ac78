/** Job control, when the child shares our terminal. */
import { libc } from "./libc.ts";
import { SIGNAL_NUMBERS } from "../core/signals.ts";

const STDIN = 0;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
const SIGSET_BYTES = 128;

/** Whether the child should stay in the foreground of our terminal. */
export function hasTerminal(): boolean {
  return Deno.stdin.isTerminal();
}

/**
 * Makes our process group the terminal's foreground group again: an interactive
 * shell that was killed has left its own, dead one there, and the next child
 * could not read. Without libc nothing happens.
 */
export function takeTerminal(): void {
  const terminal = libc.terminal();
  const signals = libc.signals();
  if (terminal === undefined || signals === undefined) return;
  // From the background this call raises SIGTTOU, unless that is blocked.
  const ttou = new Uint8Array(SIGSET_BYTES);
  const bit = SIGNAL_NUMBERS.SIGTTOU - 1;
  ttou[bit >> 3] = 1 << (bit & 7);
  signals.pthread_sigmask(SIG_BLOCK, ttou, null);
  terminal.tcsetpgrp(STDIN, terminal.getpgrp());
  signals.pthread_sigmask(SIG_UNBLOCK, ttou, null);
}

/** Stops us as the terminal's ^Z has stopped the child; SIGCONT goes on. */
export function suspend(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}
