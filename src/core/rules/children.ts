/** The children in a model: which one serves, and whether it is ready. Pure. */
import { endsManager } from "./goal.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Running, State } from "../vocabulary/state.ts";

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
    case "beforeStart":
    case "spawning":
    case "retrying":
    case "backingOff":
    case "halted":
    case "stopping":
    case "sweeping":
    case "afterExit":
    case "lingering":
    case "done":
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Whether the manager is on its way to its end. */
export const isEnding = ({ state }: Model): boolean =>
  state.kind === "lingering" || state.kind === "done" ||
  ("goal" in state && endsManager(state.goal));
