/** When a child does not become ready in its time, or not at all. Pure. */
import { becomeReady } from "../states/ready_child.ts";
import { beginEnd } from "../states/draining.ts";
import type { Event } from "../vocabulary/event.ts";
import { isSame } from "../vocabulary/fingerprint.ts";
import { forwardHeld } from "../states/forwarding.ts";
import type { Policy } from "../vocabulary/policy.ts";
import * as reloads from "../text/reload.ts";
import type { Goal, Model, Running } from "../vocabulary/state.ts";
import { enter, log, stay, type Transition } from "../states/moves.ts";

/** The child's time to become ready is over. */
export function readinessOver(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "timer" }>,
  policy: Policy,
): Transition {
  const { readiness } = state;
  if (readiness.kind !== "awaited") return stay(model);
  if (readiness.proof === "survival") {
    return becomeReady(model, state, event.at, policy);
  }
  const line = reloads.childNotReady(state.pid, policy.ready.timeoutMs);
  const back = rollback(model, state);
  if (back !== undefined) {
    return beginEnd(
      { ...model, rejections: model.rejections + 1 },
      state,
      back.goal,
      policy.stopSignal,
      policy,
      event.at,
      [line, back.line],
    );
  }
  return enter(
    model,
    { ...state, readiness: { kind: "late" }, held: [] },
    [...log(line), ...forwardHeld(state)],
  );
}

/** The way back to the last good content, where there is one and this child is on trial. */
export function rollback(
  model: Model,
  { readiness, baseline, pending, change }: Running,
) {
  const onTrial = readiness.kind === "awaited" && readiness.trial;
  const { good } = model;
  if (!onTrial || good === undefined) return undefined;
  // A copy that lacks a path is another content to the child.
  if (isSame(good, baseline)) return undefined;
  const goal: Goal = {
    kind: "restart",
    reason: "rollback",
    on: good,
    // What the paths hold by now may have been refused before.
    rejected: pending.kind === "rejected" && change.kind === "settled"
      ? pending.candidate
      : baseline,
  };
  return { goal, line: reloads.rollingBack(baseline, good) };
}
