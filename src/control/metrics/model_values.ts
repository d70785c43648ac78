/** What the metrics take from the model of the core: each a plain number, name or list. */
import { isServing } from "../../core/child/ready_child.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import type { State } from "../../core/vocabulary/state.ts";
import { servingChild } from "../../core/rules/children.ts";

/** Every state, so that each has a series from the beginning. */
const STATES: Readonly<Record<State["kind"], true>> = {
  idle: true,
  awaiting: true,
  preparing: true,
  proving: true,
  beforeStart: true,
  spawning: true,
  retrying: true,
  backingOff: true,
  halted: true,
  running: true,
  draining: true,
  overlapping: true,
  stopping: true,
  sweeping: true,
  afterExit: true,
  lingering: true,
  done: true,
};

/** Each state by name, and whether it is the present one. */
export const stateFlags = ({ state }: Model): Record<string, boolean> =>
  Object.fromEntries(
    Object.keys(STATES).map((kind) => [kind, kind === state.kind]),
  );

/** Whether a child's main process is there, also one that was asked to end. */
export const isChildUp = ({ state }: Model): boolean =>
  servingChild(state) !== undefined || state.kind === "stopping";

export function isChildReady({ state }: Model): boolean {
  const child = servingChild(state);
  return child !== undefined && isServing(child);
}

/** Undefined without `--live`, and while the child is not asked. */
export const livenessFailures = ({ state }: Model): number | undefined =>
  state.kind === "running" ? state.liveness?.failures : undefined;

/** Whether changes are held back until somebody, or a time, ends that. */
export const isHeld = ({ gate }: Model): boolean => gate.kind === "held";

/** Whether the child runs on other content than the paths hold, since that was rejected. */
export const isRejected = ({ state }: Model): boolean =>
  servingChild(state)?.pending.kind === "rejected";

/**
 * Whether the child was started on the last good content, since what the paths hold
 * was rejected. One that takes its place after a crash, or when an operator asks for
 * it, has been given the rejection with its start.
 */
export function isRolledBack({ state }: Model): boolean {
  const child = servingChild(state);
  return child?.pending.kind === "rejected" &&
    (child.reason === "rollback" || child.pending.at === child.startedAt);
}

/** Whether a change waits for a slot of the fleet. */
export const isQueued = ({ state }: Model): boolean =>
  state.kind === "running" && state.pending.kind === "queued";

/** Whether the paths hold other content than the child's, of which it is not decided yet, or not done. */
export function isPending({ state }: Model): boolean {
  if (state.kind === "overlapping") return true;
  if (state.kind !== "running") return false;
  return state.change.kind === "settling" ||
    (state.pending.kind !== "none" && state.pending.kind !== "rejected");
}
