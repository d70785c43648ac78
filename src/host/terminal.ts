/** Job control, when the child shares our terminal. */
import { libcCalls } from "./libc.ts";
import { isThere } from "./presence.ts";
import { blockSignals, unblockSignals } from "./signal_mask.ts";

const STDIN = 0;

const terminalCalls = libcCalls({
  getpgrp: { parameters: [], result: "i32" },
  tcgetpgrp: { parameters: ["i32"], result: "i32" },
  tcsetpgrp: { parameters: ["i32", "i32"], result: "i32" },
});

/** Whether the child should stay in the foreground of our terminal. */
export function hasTerminal(): boolean {
  return Deno.stdin.isTerminal();
}

/**
 * Makes our process group the terminal's foreground group again where the one
 * that is has no process left: an interactive shell that was killed has left its
 * own, dead one there, and the next child could not read. Another job that is in
 * front keeps the terminal. Without libc nothing happens.
 */
export function takeTerminal(): void {
  const terminal = terminalCalls();
  if (terminal === undefined) return;
  const inFront = terminal.tcgetpgrp(STDIN);
  if (inFront <= 0 || isThere(-inFront)) return;
  // From the background this call raises SIGTTOU, unless that is blocked.
  blockSignals("SIGTTOU");
  terminal.tcsetpgrp(STDIN, terminal.getpgrp());
  unblockSignals();
}

/** Stops us as the terminal's ^Z has stopped the child; SIGCONT goes on. */
export function suspend(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}
