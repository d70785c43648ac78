/** The wait for what `--wait-for` names, before the first child. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import * as reloads from "../text/reload_messages.ts";
import type { Awaiting } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { endAt } from "./ending.ts";
import { begin } from "./idle.ts";
import { after, log, stay, type Transition } from "./moves.ts";

export function stepAwaiting(
  model: Model,
  state: Awaiting,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "available":
      return after([
        { kind: "timer", name: "await", at: undefined },
        ...log(reloads.dependenciesAvailable()),
      ], begin(model, state.held, event.at, policy));
    case "timer": {
      if (event.name !== "await") return stay(model);
      const line = reloads.dependenciesMissing(policy.waitTimeoutMs ?? 0);
      return endAt(model, EXIT_CHECK_FAILED, line);
    }
    default:
      return stepChildless(model, state, event, policy);
  }
}
