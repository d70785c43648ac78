/** A candidate waits for a slot of the fleet before it is vetted. Pure. */
import type { Plan } from "../rules/action_choice.ts";
import {
  enter,
  knowing,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";

/** Whether a reload takes turns with those of other managers: any that the child hears of. */
export const needsSlot = (
  { fleet }: Pick<Policy, "fleet">,
  plan: Plan,
): boolean =>
  fleet !== undefined &&
  (plan.kind === "restart" || plan.actions[0].kind !== "none");

/** Wishes for a slot, while the child keeps running. */
export function queue(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const ticket = now.model.ticket + 1;
  const { content, isForced } = candidate;
  const pending = {
    kind: "queued",
    candidate,
    ticket,
    why: undefined,
    unreachableSince: undefined,
  } as const;
  return enter(knowing(now, { ticket }), { ...child, pending }, [
    { kind: "takeSlot", ticket, content, isForced },
  ]);
}
