/**
 * The signals of Linux by name and number, and which of them the manager can
 * hear. Pure tables: nothing here sends or receives anything.
 *
 * Numbers are those of the generic ABI (signal(7)), the same on x86-64 and
 * arm64, the two architectures that flush-manager is built for.
 */

/** Number of each standard signal, by its name with the SIG prefix. */
export const SIGNAL_NUMBERS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

/** The name of a standard signal. */
export type Signal = keyof typeof SIGNAL_NUMBERS;

/** All names, in the order of their numbers. */
export const SIGNALS = Object.keys(SIGNAL_NUMBERS) as readonly Signal[];

/**
 * Signals that no handler of ours can see: KILL and STOP by the kernel's rule,
 * the other three because the runtime keeps them for its own faults.
 */
const DEAF: ReadonlySet<Signal> = new Set([
  "SIGILL",
  "SIGFPE",
  "SIGKILL",
  "SIGSEGV",
  "SIGSTOP",
]);

/** Every signal that the manager listens to. */
export const HEARD = SIGNALS.filter((name) => !DEAF.has(name));

/**
 * The signal that a user means by `SIGHUP`, `HUP`, `hup` or `1`; undefined for
 * anything else.
 */
export function parseSignal(text: string): Signal | undefined {
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const named = SIGNALS.find((known) => known === name);
  // A default is a name: no start waits for the expression to be compiled.
  if (named !== undefined || !/^\d+$/.test(text)) return named;
  return SIGNALS.find((known) => SIGNAL_NUMBERS[known] === Number(text));
}

/** `SIGKILL`, or the number of a signal without a name (those for real time). */
export const signalName = (number: number): string =>
  SIGNALS.find((name) => SIGNAL_NUMBERS[name] === number) ?? String(number);
