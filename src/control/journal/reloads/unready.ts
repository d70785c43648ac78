/** Follows the reload whose child has yet to become ready. Pure but for the ledger. */
import type { Model } from "../../../core/vocabulary/model.ts";
import type { Running } from "../../../core/vocabulary/state.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import { detailOf } from "./details.ts";
import { APPLIED, INTERRUPTED, SUPERSEDED } from "./endings.ts";
import type { Ledger } from "./ledger.ts";
import { stageOf } from "./stage.ts";

export function followUnready(ledger: Ledger, taken: TakenStep): void {
  if (ledger.unready === undefined) return;
  const child = stayingChild(taken.before);
  const next = stayingChild(taken.after);
  if (child !== undefined && next?.run === child.run) {
    return followReadiness(ledger, next, taken);
  }
  const stage = stageOf(taken.after.state);
  const detail = detailOf(taken);
  if (stage?.kind === "replacing" && stage.reason === "rollback") {
    ledger.end("current", { ...INTERRUPTED, detail });
    ledger.decide("unready", { outcome: "rolled_back", detail });
    return ledger.takeBack();
  }
  if (stage?.kind === "replacing" || next !== undefined) {
    return ledger.end("unready", SUPERSEDED);
  }
  const outcome = taken.event.kind === "exited" ? "failed" : "interrupted";
  ledger.end("unready", { outcome, detail });
}

/** The child that has its place, while nothing is done to end it. */
function stayingChild({ state }: Model): Running | undefined {
  switch (state.kind) {
    case "running":
      return state;
    case "overlapping":
      return state.old;
    default:
      return undefined;
  }
}

function followReadiness(
  ledger: Ledger,
  { readiness }: Running,
  taken: TakenStep,
): void {
  switch (readiness.kind) {
    case "awaited":
      return;
    case "ready":
      return ledger.end("unready", APPLIED);
    case "late":
      return ledger.end("unready", {
        outcome: "failed",
        detail: detailOf(taken),
      });
  }
}
