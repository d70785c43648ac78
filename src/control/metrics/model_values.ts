/** What the metrics take from the model of the core: each a plain number, name or list. */
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import type { Running, State } from "../../core/vocabulary/state.ts";

/** Every state, so that each has a series from the beginning. */
const STATES: Readonly<Record<State["kind"], true>> = {
  idle: true,
  awaiting: true,
  preparing: true,
  proving: true,
  spawning: true,
  retrying: true,
  backingOff: true,
  running: true,
  draining: true,
  overlapping: true,
  stopping: true,
  sweeping: true,
  lingering: true,
  done: true,
};

/** Each state by name, and whether it is the present one. */
export const stateFlags = ({ state }: Model): Record<string, boolean> =>
  Object.fromEntries(
    Object.keys(STATES).map((kind) => [kind, kind === state.kind]),
  );

/** The child that does the work; undefined where none does, or it was asked to end. */
export function servingChild({ state }: Model): Running | undefined {
  switch (state.kind) {
    case "running":
      return state;
    case "draining":
      return state.child;
    case "overlapping":
      return state.old;
    default:
      return undefined;
  }
}

/** Whether a child's main process is there, also one that was asked to end. */
export const isChildUp = (model: Model): boolean =>
  servingChild(model) !== undefined || model.state.kind === "stopping";

export const isChildReady = (model: Model): boolean =>
  servingChild(model)?.readiness.kind === "ready";

/** What the child was started on, or told of since; undefined where none does its work. */
export const runningContent = (model: Model): Fingerprint | undefined =>
  servingChild(model)?.given;

/** Whether changes are held back until somebody, or a time, ends that. */
export const isHeld = ({ gate }: Model): boolean => gate !== "open";

/** Whether the child runs on other content than the paths hold, since that was rejected. */
export const isRejected = (model: Model): boolean =>
  servingChild(model)?.pending.kind === "rejected";

/** Whether the child was started on the last good content, since what the paths hold was rejected. */
export const isRolledBack = (model: Model): boolean =>
  isRejected(model) && servingChild(model)?.reason === "rollback";

/** Whether the paths hold other content than the child's, of which it is not decided yet, or not done. */
export function isPending({ state }: Model): boolean {
  if (state.kind === "overlapping") return true;
  if (state.kind !== "running") return false;
  return state.change.kind === "settling" ||
    (state.pending.kind !== "none" && state.pending.kind !== "rejected");
}
