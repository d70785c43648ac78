/** The end of a child of which somebody else is the cause. Pure. */
import {
  type ExitStatus,
  isKilledFromOutside,
} from "../vocabulary/exit_status.ts";
import type { Now } from "./moves.ts";
import type { Running } from "../vocabulary/state.ts";

/**
 * Whether the terminal has asked the child to end (`^C` or `^\`) so shortly before
 * that this is why it ends now: within the time that a stop takes (`--stop-timeout`). It
 * says nothing about the child's content then, whatever its exit status.
 */
export const isInterrupted = (
  { model: { interruptedAt }, policy: { stopTimeoutMs }, at }: Now,
  { startedAt }: Pick<Running, "startedAt">,
): boolean =>
  interruptedAt !== undefined && interruptedAt >= startedAt &&
  at - interruptedAt <= stopTimeoutMs;

/** Whether somebody else has ended the child: by a signal, or at the terminal. */
export const isEndedFromOutside = (
  now: Now,
  child: Running,
  status: ExitStatus,
): boolean => isKilledFromOutside(status) || isInterrupted(now, child);
