/** What to do with a signal that arrived. Pure. */
import type { Policy } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";

/**
 * Signals that the terminal driver sends to the whole foreground process group: a
 * child in our own group has received them already.
 */
const FROM_TERMINAL: ReadonlySet<Signal> = new Set([
  "SIGINT",
  "SIGQUIT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGWINCH",
]);

/** Signals of job control, whose default action is to stop the process. */
const SUSPENDS: ReadonlySet<Signal> = new Set([
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
]);

/**
 * Whether the signal asks for a reload (`--reload-signal`). Then it is for the
 * manager alone, and has no plan: no child gets it.
 */
export const asksForReload = (
  received: Signal,
  { reloadSignal }: Pick<Policy, "reloadSignal">,
): boolean => received === reloadSignal;

export type SignalPlan =
  /** Stop the child with `signal`, then end. */
  | { readonly kind: "stop"; readonly signal: Signal }
  | { readonly kind: "forward"; readonly signal: Signal }
  /** Stop ourselves too: the ^Z of the terminal has reached the whole group. */
  | { readonly kind: "suspend" }
  /** `--rewrite-signal` drops it (`A:0`). */
  | { readonly kind: "drop" }
  /** The child has it from the terminal already. */
  | { readonly kind: "leave" }
  /** The same, and it asks all that share the terminal to end. */
  | { readonly kind: "interrupt" };

/**
 * TERM and INT ask for a stop; `--rewrite-signal` changes the signal that the
 * child gets for it (as in `dumb-init --rewrite 15:3`). Everything else is
 * forwarded, rewritten first. In the foreground of a terminal that others share,
 * what the terminal driver sends is left to it, or ^C would reach the child
 * twice.
 */
export function planSignal(
  received: Signal,
  policy: Policy,
  hasChild: boolean,
): SignalPlan {
  const rewritten = policy.rewrites.has(received);
  const target = policy.rewrites.get(received);
  if (rewritten && target === undefined) return { kind: "drop" };
  if (policy.foreground && hasChild && FROM_TERMINAL.has(received)) {
    if (SUSPENDS.has(received)) return { kind: "suspend" };
    if (!rewritten) {
      return { kind: received === "SIGWINCH" ? "leave" : "interrupt" };
    }
  }
  if (received === "SIGTERM" || received === "SIGINT") {
    return { kind: "stop", signal: target ?? policy.stopSignal };
  }
  return { kind: "forward", signal: target ?? received };
}
