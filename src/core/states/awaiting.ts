/** The wait for what `--wait-for` names, before the first child. Pure. */
import type { Event } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import type { Awaiting } from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import { stepChildless } from "./childless.ts";
import { endAtOnce } from "./ending.ts";
import { begin } from "./idle.ts";
import {
  after,
  disarm,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "./moves.ts";

export function stepAwaiting(
  now: Now,
  state: Awaiting,
  event: Event,
): Transition {
  switch (event.kind) {
    case "available":
      return after(
        [...disarm("await"), ...log(reloads.dependenciesAvailable())],
        begin(now, state.held),
      );
    case "timer":
      return event.name === "await"
        ? perform(now, [{ kind: "askDependencies" }])
        : stay(now);
    case "unavailable": {
      const line = reloads.dependenciesMissing(now.policy.waitTimeoutMs ?? 0);
      return endAtOnce(now, EXIT_CHECK_FAILED, line);
    }
    default:
      return stepChildless(now, state, event);
  }
}
