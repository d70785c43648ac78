/** Counts what happens between this manager and its fleet. Pure. */
import type { Model } from "../../../core/vocabulary/model.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import type { FleetCounts, Journal } from "../../vocabulary/journal.ts";
import { withOneMore } from "./histogram.ts";

export function withFleet(journal: Journal, taken: TakenStep): Journal {
  const fleet = counted(withReports(journal.fleet, taken), taken);
  return fleet === journal.fleet ? journal : { ...journal, fleet };
}

const withReports = (counts: FleetCounts, { effects }: TakenStep) =>
  effects.reduce(
    (sum, effect) =>
      effect.kind === "reportSlot"
        ? { ...sum, reports: withOneMore(sum.reports, effect.verdict.kind) }
        : sum,
    counts,
  );

/** An answer to a wish that was given up counts for nothing. */
function counted(
  counts: FleetCounts,
  { event, before, after }: TakenStep,
): FleetCounts {
  switch (event.kind) {
    case "slotRefused":
      return wishOf(before) === event.ticket
        ? { ...counts, rejections: counts.rejections + 1 }
        : counts;
    case "slotLost":
      return { ...counts, slotsLost: counts.slotsLost + 1 };
    case "timer":
      return event.name === "fleet" && wishOf(before) !== undefined &&
          wishOf(after) === undefined
        ? { ...counts, passedOver: counts.passedOver + 1 }
        : counts;
    default:
      return counts;
  }
}

/** The ticket of the wish for a slot that has not been granted. */
const wishOf = ({ state }: Model): number | undefined =>
  state.kind === "running" && state.pending.kind === "queued"
    ? state.pending.ticket
    : undefined;
