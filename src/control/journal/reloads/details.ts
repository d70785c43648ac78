/** Why a reload ends as it does, in one line. Pure. */
import { oneLine } from "../../../core/notation/one_line.ts";
import { describeStatus } from "../../../core/vocabulary/exit_status.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import { childOf } from "../entries/children.ts";

/** Undefined where the event has no more to tell than the outcome does. */
export function detailOf({ event, before }: TakenStep): string | undefined {
  switch (event.kind) {
    case "vetted":
      return "detail" in event.verdict
        ? oneLine(event.verdict.detail)
        : undefined;
    case "slotRefused":
      return oneLine(`rejected by the fleet: ${event.why} at ${event.by}`);
    case "acted":
      return "detail" in event.outcome
        ? oneLine(event.outcome.detail)
        : undefined;
    case "hookEnded":
      return "detail" in event.outcome
        ? oneLine(`before-start hook failed: ${event.outcome.detail}`)
        : undefined;
    case "spawnFailed":
      return oneLine(event.failure.detail);
    case "unavailable":
      return oneLine(`dependencies are missing: ${event.missing.join(", ")}`);
    case "exited":
      return `the child ended by itself: ${describeStatus(event.status)}`;
    case "notReady": {
      const readiness = childOf(before, event.run)?.readiness;
      const why = readiness?.kind === "awaited" ? readiness.why : undefined;
      return oneLine(`the child is not ready: ${why ?? "it gave no sign"}`);
    }
    case "signal":
      return `the manager was asked to stop by ${event.signal}`;
    case "stopChild":
      return "the child was stopped on request";
    case "bug":
      return "the manager stops because of an internal error";
    default:
      return undefined;
  }
}
