/** The children in a model: which one serves, and whether it is ready. Pure. */
import type { Model } from "../../core/vocabulary/model.ts";
import type { Goal, Running, State } from "../../core/vocabulary/state.ts";

/** The child that has its place; undefined where none runs, or it was asked to end. */
export function servingChild(state: State): Running | undefined {
  switch (state.kind) {
    case "running":
      return state;
    case "draining":
      return state.child;
    case "overlapping":
      return state.old;
    case "idle":
    case "awaiting":
    case "preparing":
    case "proving":
    case "spawning":
    case "retrying":
    case "backingOff":
    case "stopping":
    case "sweeping":
    case "lingering":
    case "done":
      return undefined;
    default:
      return state satisfies never;
  }
}

/**
 * Whether it serves. A child without a sign of readiness does from its start on, as
 * for a service manager; that it must survive to be a last good one is another matter.
 */
export const isReady = ({ readiness }: Running): boolean =>
  readiness.kind === "ready" ||
  (readiness.kind === "awaited" && readiness.proof === "survival");

const ENDS: ReadonlySet<Goal["kind"]> = new Set(["shutdown", "follow", "bug"]);

/** Whether the manager is on its way to its end. */
export function isEnding({ state }: Model): boolean {
  switch (state.kind) {
    case "lingering":
    case "done":
      return true;
    case "draining":
    case "stopping":
    case "sweeping":
      return ENDS.has(state.goal.kind);
    case "idle":
    case "awaiting":
    case "preparing":
    case "proving":
    case "spawning":
    case "retrying":
    case "backingOff":
    case "running":
    case "overlapping":
      return false;
  }
}
