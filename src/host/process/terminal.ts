/**
 * The terminal on stdin: its foreground process group, its modes, and the stop
 * that job control asks of us.
 */
import { SIGNAL_NUMBERS } from "../../core/vocabulary/signals.ts";
import { libcCalls } from "../libc/calls.ts";
import { terminalActionCalls } from "./posix_spawn.ts";
import { hasProcess } from "./group_presence.ts";
import { blockSignals, unblockSignals } from "../signal/mask.ts";

const STDIN = 0;
const SIGTTOU = SIGNAL_NUMBERS.SIGTTOU;
const SIG_IGN = 1n;

export const sessionCalls = libcCalls({
  tcgetsid: { parameters: ["i32"], result: { struct: ["i32"] } },
});

const terminalCalls = libcCalls({
  getpgrp: { parameters: [], result: "i32" },
  tcgetpgrp: { parameters: ["i32"], result: "i32" },
  tcsetpgrp: { parameters: ["i32", "i32"], result: "i32" },
});

const modeCalls = libcCalls({
  tcgetattr: { parameters: ["i32", "buffer"], result: "i32" },
  tcsetattr: { parameters: ["i32", "i32", "buffer"], result: "i32" },
});

const dispositionCalls = libcCalls({
  signal: { parameters: ["i32", "u64"], result: "u64" },
});

/**
 * Whether stdin is the terminal of the session that we lead (PID 1 of a
 * container with `tty: true`), and a child can be put into its foreground. Then
 * no shell above us does job control with us and the child.
 */
export function leadsTerminal(): boolean {
  if (!Deno.stdin.isTerminal()) return false;
  const calls = sessionCalls();
  if (calls === undefined || terminalActionCalls() === undefined) return false;
  const [leader] = new Int32Array(calls.tcgetsid(STDIN).buffer);
  return leader === Deno.pid;
}

/**
 * Whether the child has to stay in our process group, because other processes
 * share the terminal with us.
 */
export function sharesTerminal(): boolean {
  return Deno.stdin.isTerminal() && !leadsTerminal();
}

/**
 * Lets us write to the terminal while the child is in its foreground, also
 * after `stty tostop`: SIGTTOU is ignored. With a listener for SIGTTOU instead,
 * such a write would fail, so call this after all listeners are installed.
 * Checks and actions inherit the ignored signal, but they have no terminal.
 */
export function writeFromBehind(): void {
  dispositionCalls()?.signal(SIGTTOU, SIG_IGN);
}

/**
 * Makes a process group (ours if none is given) the terminal's foreground
 * group, but only if the present one has no process left. An interactive shell
 * that was killed leaves its dead group there: the next child could not read
 * from the terminal, and no process would get ^C. A living job keeps the
 * terminal. Returns whether the terminal was given; without libc it never is.
 */
export function giveTerminal(group?: number): boolean {
  const terminal = terminalCalls();
  if (terminal === undefined) return false;
  const inFront = terminal.tcgetpgrp(STDIN);
  if (inFront <= 0 || hasProcess(-inFront)) return false;
  // From the background this call raises SIGTTOU, unless that is blocked.
  blockSignals("SIGTTOU");
  const failed = terminal.tcsetpgrp(STDIN, group ?? terminal.getpgrp());
  unblockSignals();
  return failed === 0;
}

/** struct termios of glibc has 60 bytes on both architectures. */
const TERMIOS_BYTES = 64;
const TCSANOW = 0;

/**
 * The terminal's modes at our start; undefined if there is no terminal, or if
 * another job uses it.
 */
let modes: Uint8Array<ArrayBuffer> | undefined;

/**
 * Remembers the terminal's modes. Call it before the first child. If another
 * job is in the foreground, the modes are that job's, and are not restored by
 * us.
 */
export function saveModes(): void {
  if (!Deno.stdin.isTerminal()) return;
  const terminal = terminalCalls();
  if (terminal?.tcgetpgrp(STDIN) !== terminal?.getpgrp()) return;
  const found = new Uint8Array(TERMIOS_BYTES);
  if (modeCalls()?.tcgetattr(STDIN, found) === 0) modes = found;
}

/**
 * Restores the saved modes: a child that was killed in raw mode would otherwise
 * leave the next child, and any later reader of the terminal, without echo and
 * ^C. Does nothing if another job or another child is in the foreground. Does
 * not wait for output that the terminal holds back (^S).
 */
export function restoreModes(): void {
  if (modes === undefined) return;
  const terminal = terminalCalls();
  if (terminal === undefined) return;
  const inFront = terminal.tcgetpgrp(STDIN);
  const isFree = inFront === terminal.getpgrp() || !hasProcess(-inFront);
  if (inFront <= 0 || !isFree) return;
  // From the background this call raises SIGTTOU, unless that is blocked.
  blockSignals("SIGTTOU");
  modeCalls()?.tcsetattr(STDIN, TCSANOW, modes);
  unblockSignals();
}

/** Stops us, as ^Z has stopped the child; SIGCONT continues us. */
export function suspend(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}
