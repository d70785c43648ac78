/** The state before `begin`, and the way from there to the first child. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Idle } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { enter, type Now, type Transition } from "./moves.ts";
import { launch, nextStart, prepare } from "./start.ts";

/** Signals may arrive before `begin`: after a stop the manager has ended, and nothing begins. */
export function stepIdle(now: Now, state: Idle, event: Event): Transition {
  if (event.kind !== "begin") return stepChildless(now, state, event);
  const { held } = state;
  const { waitTimeoutMs } = now.policy;
  if (waitTimeoutMs === undefined) return begin(now, held);
  return enter(now, { kind: "awaiting", held }, [
    { kind: "awaitDependencies" },
    { kind: "timer", name: "await", at: now.at + waitTimeoutMs },
  ]);
}

/** Starts the first child. Without paths, and without a check, there is nothing to look at before. */
export function begin(now: Now, held: readonly Signal[]): Transition {
  const { configs, vetting } = now.policy;
  const start = nextStart(now, { reason: "start", held });
  return configs.length === 0 && vetting === undefined
    ? launch(now, start, { baseline: [], rejected: undefined })
    : prepare(now, start);
}
