/**
 * How a child ended, and which exit code the manager makes of it (design:
 * "Exit codes"). Pure.
 */
import { type Signal, SIGNAL_NUMBERS } from "./signals.ts";

/** The manager was told to stop and did. */
export const EXIT_OK = 0;
/** `check` found a fault. */
export const EXIT_CHECK_FAILED = 1;
/** What was asked for could not be written: the archive of `diagnose`, the copy of `install`. */
export const EXIT_NOT_WRITTEN = 1;
/** The command line or environment cannot be used; nothing was started. */
export const EXIT_USAGE = 2;
/** A subcommand got no answer of a manager. */
export const EXIT_NO_MANAGER = 3;
/** A bug of ours (sysexits.h EX_SOFTWARE). */
export const EXIT_BUG = 70;
/** The child did not answer any more (timeout(1) ends with this code too). */
export const EXIT_HUNG = 124;
/** The command is there but cannot be executed (POSIX shell rule). */
export const EXIT_NOT_EXECUTABLE = 126;
/** The command was not found (POSIX shell rule). */
export const EXIT_NOT_FOUND = 127;
/** Killed by SIGKILL: 128 + 9. */
export const EXIT_KILLED = 137;

/**
 * The end of a process: an exit code of 0 to 255, or the number of the signal
 * that killed it (1 to 64; real-time signals have no name here).
 */
export type ExitStatus =
  | { readonly kind: "code"; readonly code: number }
  | { readonly kind: "signal"; readonly number: number };

/**
 * Why a child has ended, as its `--after-exit` is told. `exited` and `crash`: by
 * itself, with 0 or otherwise. The others were stopped: for a reload, because they
 * were not ready in time, or did not answer any more, by an operator, because the manager ends, and after a
 * bug of ours.
 */
export type EndReason =
  | "exited"
  | "crash"
  | "reload"
  | "not-ready"
  | "liveness"
  | "stopped"
  | "shutdown"
  | "error";

/** The end of a child. */
export interface Ending {
  readonly status: ExitStatus;
  readonly reason: EndReason;
}

/** The code a shell would report: c, or 128 + n for death by signal n. */
export function exitCodeOf(status: ExitStatus): number {
  return status.kind === "code" ? status.code : 128 + status.number;
}

/** Whether the child ended with code 0. */
export function isClean(status: ExitStatus): boolean {
  return status.kind === "code" && status.code === 0;
}

/**
 * Whether somebody else has killed it: the kernel for want of memory, or a person. To a
 * child that is not to end, the manager sends such a signal only where its operator
 * says so (`--on-change signal:TERM`, `--rewrite-signal`). A program that fails ends by
 * another one (SIGSEGV, SIGABRT).
 */
export const isKilledFromOutside = (status: ExitStatus): boolean =>
  status.kind === "signal" &&
  (["SIGKILL", "SIGTERM", "SIGINT"] as const)
    .some((signal) => SIGNAL_NUMBERS[signal] === status.number);

/** Whether it is the end that a child was asked for: with code 0, or of the signal that it was sent. */
export function isAsked(status: ExitStatus, sent: Signal): boolean {
  return isClean(status) ||
    (status.kind === "signal" && status.number === SIGNAL_NUMBERS[sent]);
}

/**
 * The manager's code after a requested stop: 0 when the child ended by itself with
 * 0 or of the signal it was sent, otherwise the child's own code.
 */
export function exitCodeAfterStop(status: ExitStatus, sent: Signal): number {
  return isAsked(status, sent) && sent !== "SIGKILL"
    ? EXIT_OK
    : exitCodeOf(status);
}

/** The status in Go's words: `exit status 1`, `signal: killed`. */
export function describeStatus(status: ExitStatus): string {
  if (status.kind === "code") return `exit status ${status.code}`;
  for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) {
    if (number === status.number) {
      return `signal: ${SIGNAL_DESCRIPTIONS[name as Signal]}`;
    }
  }
  return `signal: signal ${status.number}`;
}

/** How Go words a death by signal ("signal: killed"); users grep for it. */
const SIGNAL_DESCRIPTIONS: Readonly<Record<Signal, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGILL: "illegal instruction",
  SIGTRAP: "trace/breakpoint trap",
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGKILL: "killed",
  SIGUSR1: "user defined signal 1",
  SIGSEGV: "segmentation fault",
  SIGUSR2: "user defined signal 2",
  SIGPIPE: "broken pipe",
  SIGALRM: "alarm clock",
  SIGTERM: "terminated",
  SIGSTKFLT: "stack fault",
  SIGCHLD: "child exited",
  SIGCONT: "continued",
  SIGSTOP: "stopped (signal)",
  SIGTSTP: "stopped",
  SIGTTIN: "stopped (tty input)",
  SIGTTOU: "stopped (tty output)",
  SIGURG: "urgent I/O condition",
  SIGXCPU: "CPU time limit exceeded",
  SIGXFSZ: "file size limit exceeded",
  SIGVTALRM: "virtual timer expired",
  SIGPROF: "profiling timer expired",
  SIGWINCH: "window changed",
  SIGIO: "I/O possible",
  SIGPWR: "power failure",
  SIGSYS: "bad system call",
};
