/** The end of a child of which somebody else is the cause. Pure. */
import {
  type ExitStatus,
  isKilledFromOutside,
} from "../vocabulary/exit_status.ts";
import type { Now } from "./moves.ts";
import type { Running } from "../vocabulary/state.ts";

/** A child that ends within this time of `^C` has ended because of it. */
export const INTERRUPT_MS = 10_000;

/**
 * Whether the terminal has asked the child to end (`^C` or `^\`) so shortly before
 * that this is why it ends now, and since it was told of its content. Its end says
 * nothing about that content then, whatever its exit status.
 */
export const isInterrupted = (
  { model: { interruptedAt }, at }: Now,
  { toldAt }: Pick<Running, "toldAt">,
): boolean =>
  interruptedAt !== undefined && interruptedAt >= toldAt &&
  at - interruptedAt <= INTERRUPT_MS;

/** Whether somebody else has ended the child: by a signal, or at the terminal. */
export const isEndedFromOutside = (
  now: Now,
  child: Running,
  status: ExitStatus,
): boolean => isKilledFromOutside(status) || isInterrupted(now, child);
