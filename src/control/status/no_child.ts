/** Why no child serves. Pure. */
import type { State } from "../../core/vocabulary/state.ts";
import type { HealthCheck } from "../vocabulary/status.ts";

/** For a state without a child that serves; `error` where nothing but trouble is the reason. */
export function whyNoChild(state: State): HealthCheck {
  switch (state.kind) {
    case "idle":
    case "preparing":
    case "proving":
    case "beforeStart":
    case "spawning":
      return degraded("the child is being started");
    case "awaiting":
      return degraded("the child waits for its dependencies");
    case "retrying":
      return error("the child could not be started and is tried again");
    case "backingOff":
      return error(
        state.reason === "crash"
          ? "the child ended by itself and is started again later"
          : "the child could not be started and is tried again",
      );
    case "halted":
      return degraded(
        "somebody has stopped the child, and it is started when that is asked for",
      );
    case "stopping":
      return state.phase.kind === "stuck"
        ? error("the child is still there after SIGKILL")
        : degraded("the child is being stopped");
    case "sweeping":
      return state.goal.kind === "revive"
        ? error("the child ended by itself")
        : degraded("what is left of the child's group is being ended");
    case "afterExit":
      return state.goal.kind === "revive"
        ? error("the child ended by itself")
        : degraded("the child has ended, and --after-exit runs for it");
    case "running":
    case "draining":
    case "overlapping":
      throw new Error(`A child serves in the state ${state.kind}`);
    case "lingering":
    case "done":
      return degraded("the manager is ending");
  }
}

const degraded = (detail: string): HealthCheck => ({
  status: "degraded",
  detail,
});
const error = (detail: string): HealthCheck => ({ status: "error", detail });
