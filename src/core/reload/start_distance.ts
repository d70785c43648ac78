/** How far a change is from the child's start, by which a child that rewrites its own configuration is known. Pure. */
import type { Assessment } from "../change/debounce.ts";
import { isFeedback, quietWindowMs, repeatsOf } from "../change/feedback.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Running } from "../vocabulary/state.ts";
import type { Now } from "../states/moves.ts";

/** How long after the child's start the present change was first seen, or would be if this look has found one. */
export const distanceMs = (
  { at }: Now,
  { change, startedAt }: Running,
): number => (change.kind === "settling" ? change.since : at) - startedAt;

/** How many restarts before had a change at the same distance from the start. */
export const repeats = (now: Now, state: Running): number =>
  repeatsOf(now.model.feedback, distanceMs(now, state));

/** The child seems to rewrite its configuration, which is said when a change begins to wait for that. */
export function feedbackLines(
  now: Now,
  state: Running,
  stage: Assessment["stage"],
): Message[] {
  const { policy } = now;
  const restarts = repeats(now, state);
  const windowMs = quietWindowMs(policy, restarts);
  return stage === "detected" && isFeedback(restarts) &&
      windowMs > policy.debounceMs
    ? [watching.changeWaits(restarts, windowMs)]
    : [];
}
