/** How far a change is from what the child was given before, by which a child that rewrites its own configuration is known. Pure. */
import type { Assessment } from "../change/debounce.ts";
import { isFeedback, quietWindowMs, repeatsOf } from "../change/feedback.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Running } from "../vocabulary/state.ts";
import type { Now } from "../transition/moves.ts";

/** How long after the child was started, or told of its content, the present change was first seen, or would be if this look has found one. */
export const distanceMs = (
  { at }: Now,
  { change, toldAt }: Running,
): number => (change.kind === "settling" ? change.since : at) - toldAt;

/** How many reloads before had a change at the same distance. */
export const repeats = (now: Now, state: Running): number =>
  repeatsOf(now.model.feedback, distanceMs(now, state));

/** The child seems to rewrite its configuration, which is said when a change begins to wait for that. */
export function feedbackLines(
  now: Now,
  state: Running,
  stage: Assessment["stage"],
): Message[] {
  const { policy } = now;
  const times = repeats(now, state);
  const windowMs = quietWindowMs(policy, times);
  return stage === "detected" && isFeedback(times) &&
      windowMs > policy.debounceMs
    ? [watching.changeWaits(kindOfReload(policy), times, windowMs)]
    : [];
}

/** What the child is given new content by; a reload may be a restart. */
const kindOfReload = ({ onChange, configs }: Policy): "restarts" | "reloads" =>
  [onChange, ...configs.map(({ action }) => action ?? onChange)]
      .every(({ kind }) => kind === "restart")
    ? "restarts"
    : "reloads";
