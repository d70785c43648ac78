/** The wait for what `--wait-for` names, before the first child and beside a running one. Pure. */
import { describeProbe } from "../notation/describe.ts";
import * as reloads from "../text/reload.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { DependencyWait, Reason } from "../vocabulary/state.ts";
import { disarm, knowing, log, type Now } from "../transition/moves.ts";

/** Whether a start for this reason waits; by the policy the first one alone may. */
export const needsDependencies = (
  { waitTimeoutMs, waitForScope }: Policy,
  reason: Reason,
): boolean =>
  waitTimeoutMs !== undefined &&
  (waitForScope === "every" || reason === "start");

/** A wait that has just begun. */
export interface BegunWait {
  readonly now: Now;
  readonly wait: DependencyWait;
  readonly effects: readonly Effect[];
}

export function beginWait(now: Now): BegunWait {
  const { model, policy: { waitFor, waitTimeoutMs = 0 }, at } = now;
  const ticket = model.ticket + 1;
  return {
    now: knowing(now, { ticket }),
    wait: { ticket, missing: waitFor.map(describeProbe) },
    effects: [
      { kind: "awaitDependencies", ticket },
      { kind: "timer", name: "await", at: at + waitTimeoutMs },
    ],
  };
}

/** The wait is over: everything is there. */
export const AVAILABLE: readonly Effect[] = [
  ...disarm("await"),
  ...log(reloads.dependenciesAvailable()),
];

/** The wait goes on, and what is missing is logged. */
export const stillMissing = (
  { ticket, missing }: EventOf<"missing">,
): { readonly wait: DependencyWait; readonly effects: readonly Effect[] } => ({
  wait: { ticket, missing },
  effects: log(reloads.dependenciesAwaited(missing)),
});

/** The time for the wait is over: whatever is there by now counts, and is asked for once more. */
export const lastLook = ({ ticket }: DependencyWait): Effect => ({
  kind: "askDependencies",
  ticket,
});
