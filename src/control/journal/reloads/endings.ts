/** How a reload ends where nothing is left in the model that it consists of. Pure. */
import * as operator from "../../../core/text/operator.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import { detailOf } from "./details.ts";
import type { Ending } from "./reload_record.ts";
import { requestOf } from "./stage.ts";

export const APPLIED: Ending = { outcome: "applied", detail: undefined };
export const SUPERSEDED: Ending = { outcome: "superseded", detail: undefined };
export const INTERRUPTED: Ending = {
  outcome: "interrupted",
  detail: undefined,
};

/** Undefined while it is not decided: a look that was asked for shows what the paths hold. */
export function endingOf(taken: TakenStep): Ending | undefined {
  const { event, before, after } = taken;
  const detail = detailOf(taken);
  const childRuns = after.state.kind === "running";
  switch (event.kind) {
    case "vetted":
      if (event.verdict.kind === "rejected") {
        return { outcome: "rejected", detail };
      }
      return event.verdict.kind === "unsaved"
        ? { outcome: "failed", detail }
        : undefined;
    case "slotRefused":
      return { outcome: "rejected", detail };
    case "acted":
      return { outcome: "failed", detail };
    case "unavailable":
      return { outcome: childRuns ? "rejected" : "failed", detail };
    case "spawnFailed": {
      const { state } = before;
      const isStopped = state.kind === "spawning" && state.stop !== undefined;
      return isStopped ? INTERRUPTED : { outcome: "failed", detail };
    }
    case "hookEnded": {
      const { state } = before;
      const isStopped = state.kind === "beforeStart" &&
        state.stop !== undefined;
      if (isStopped) return INTERRUPTED;
      if (event.outcome.kind === "withdrawn") return undefined;
      return { outcome: childRuns ? "rejected" : "failed", detail };
    }
    case "observed":
      return declinedRequest(taken) ??
        { outcome: "reverted", detail: undefined };
    default:
      return childRuns ? undefined : { outcome: "interrupted", detail };
  }
}

/** The look that a request has waited for has found content that it is not for. */
function declinedRequest({ before, after }: TakenStep): Ending | undefined {
  const { state } = after;
  if (requestOf(before.state) === undefined || state.kind !== "running") {
    return undefined;
  }
  const detail = state.pending.kind === "rejected"
    ? operator.REJECTED
    : operator.UNREADABLE;
  return { outcome: "rejected", detail };
}
