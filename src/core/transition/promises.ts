/**
 * Promises of the core, checked where they must hold. A broken one is a bug of
 * ours: the event loop stops the child and ends with exit code 70. Pure.
 */
import { liveRuns } from "../vocabulary/model.ts";
import type { Start, State } from "../vocabulary/state.ts";
import type { Now } from "./moves.ts";

/** A promise of the core does not hold; the message says which. */
export class BrokenPromise extends Error {}

/**
 * A child is started only in a place that is empty, and never after a request to
 * stop. What `--kill-mode main` leaves of an earlier child's group is not in its
 * place, as systemd starts a service beside what KillMode=process has left.
 */
export function promiseEmptyPlace({ model }: Now): void {
  const { state, retiring } = model;
  assert(retiring === undefined, "no child is started beside one that retires");
  assert(
    !hasChild(state),
    `no child is started while another one may be alive (${state.kind})`,
  );
  assert(!isEnding(state), "no child is started after a request to stop");
}

/** A second child is started only beside one that runs, and never a third one. */
export function promiseRoomBeside({ model, policy }: Now): void {
  const { state } = model;
  assert(
    state.kind === "running" && liveRuns(model).length === 1,
    `a second child is started beside one that runs (${state.kind})`,
  );
  const hookDone = state.kind === "running" &&
    state.pending.kind === "hooking";
  promiseHook({ policy }, { hookDone });
}

/** A child is started only after a yes of its own `--before-start`. */
export const promiseHook = (
  { policy }: Pick<Now, "policy">,
  { hookDone }: Pick<Start, "hookDone">,
): void =>
  assert(
    hookDone || policy.beforeStart === undefined,
    "no child is started before its hook has succeeded",
  );

/** A child begins to retire only where no other child does, or that one would be forgotten. */
export const promiseRoomToRetire = ({ model }: Now): void =>
  assert(model.retiring === undefined, "one child retires at a time");

const hasChild = ({ kind }: State): boolean =>
  kind === "running" || kind === "draining" || kind === "overlapping" ||
  kind === "stopping";

function isEnding(state: State): boolean {
  switch (state.kind) {
    case "beforeStart":
    case "spawning":
      return state.stop !== undefined;
    case "sweeping":
    case "afterExit":
      return state.goal.kind !== "restart" && state.goal.kind !== "revive";
    default:
      return state.kind === "lingering" || state.kind === "done";
  }
}

function assert(holds: boolean, promise: string): void {
  if (!holds) throw new BrokenPromise(`Promise broken: ${promise}`);
}
