/** The terminal on stdin: who is in front of it, its modes, and what job control asks of us. */
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
 * container with `tty: true`), and a child can be put in front of it: nobody
 * above us does job control with the two of us.
 */
export function leadsTerminal(): boolean {
  if (!Deno.stdin.isTerminal()) return false;
  const calls = sessionCalls();
  if (calls === undefined || terminalActionCalls() === undefined) return false;
  const [leader] = new Int32Array(calls.tcgetsid(STDIN).buffer);
  return leader === Deno.pid;
}

/** Whether the child should stay in our group, in the foreground of a terminal that others share. */
export function sharesTerminal(): boolean {
  return Deno.stdin.isTerminal() && !leadsTerminal();
}

/**
 * Lets us write to the terminal from behind the child after `stty tostop`. What
 * hears SIGTTOU gets an error there; call it when all is heard. Checks and actions
 * inherit it: they have no terminal.
 */
export function writeFromBehind(): void {
  dispositionCalls()?.signal(SIGTTOU, SIG_IGN);
}

/**
 * Makes a process group, ours if none is named, the terminal's foreground group
 * where the one that is has no process left: an interactive shell that was
 * killed has left its own, dead one there, the next child could not read, and
 * nobody would hear ^C. Another job that is in front keeps the terminal. Without
 * libc nothing happens. Tells whether it was given.
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

/** What the terminal's modes were when we came; undefined where there is none, or others use it. */
let modes: Uint8Array<ArrayBuffer> | undefined;

/**
 * Remembers the terminal's modes. Call it before the first child. Behind another
 * job they are that job's, and not ours to bring back.
 */
export function saveModes(): void {
  if (!Deno.stdin.isTerminal()) return;
  const terminal = terminalCalls();
  if (terminal?.tcgetpgrp(STDIN) !== terminal?.getpgrp()) return;
  const found = new Uint8Array(TERMIOS_BYTES);
  if (modeCalls()?.tcgetattr(STDIN, found) === 0) modes = found;
}

/**
 * Brings the modes back that were saved: a child that was killed in raw mode would
 * leave the next one, and whoever reads there after us, without echo and ^C. Does
 * nothing where another job, or another child, is in front of the terminal. Does
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

/** Stops us as the terminal's ^Z has stopped the child; SIGCONT goes on. */
export function suspend(): void {
  Deno.kill(Deno.pid, "SIGSTOP");
}
