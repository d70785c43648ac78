/** Follows the reload of an overlap to its end. Pure but for the ledger. */
import type { Overlapping, State } from "../../../core/vocabulary/state.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import { detailOf } from "./details.ts";
import { APPLIED } from "./endings.ts";
import type { Ledger } from "./ledger.ts";

export function followOverlap(ledger: Ledger, taken: TakenStep): void {
  const { before: { state: before }, after: { state: after } } = taken;
  if (before.kind !== "overlapping" || after.kind !== "running") return;
  if (!isTakenOver(before, after)) {
    // The next child could not be started: its content has another turn.
    if (after.pending.kind !== "rejected") return;
    const detail = detailOf(taken);
    return ledger.end("current", { outcome: "rolled_back", detail });
  }
  if (after.readiness.kind === "awaited") ledger.awaitReady();
  else ledger.end("current", APPLIED);
}

const isTakenOver = ({ old }: Overlapping, after: State): boolean =>
  after.kind === "running" && after.run !== old.run;
