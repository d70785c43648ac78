/** Which policy holds from an event on. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Policy } from "../vocabulary/policy.ts";

/** The policy for this event and those after it. */
export const policyFrom = (event: Event, policy: Policy): Policy =>
  event.kind === "settings" ? { ...policy, ...event.tuning } : policy;
