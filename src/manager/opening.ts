/**
 * The part of the core that a first start waits for, as `supervise` loads it.
 * Temporary: it goes with the split of the loop.
 */
import type { Event } from "../core/vocabulary/event.ts";
import type { Model } from "../core/vocabulary/model.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Transition } from "../core/states/moves.ts";
import { step } from "../core/step.ts";

/** The step, if a first start is at it; undefined leaves it to the whole. */
export function opening(
  model: Model,
  event: Event,
  policy: Policy,
): Transition | undefined {
  const { state } = model;
  const isFirst = state.kind === "idle"
    ? event.kind === "begin" && policy.waitTimeoutMs === undefined
    : state.kind === "preparing" && event.kind === "observed" &&
      event.startedAt >= state.since && policy.vetting === undefined &&
      model.lastBaseline === undefined;
  return isFirst ? step(model, event, policy) : undefined;
}
