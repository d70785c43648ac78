/** The state before `begin`, and the way from there to the first child. Pure. */
import type { Event } from "../vocabulary/event.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Idle } from "../vocabulary/state.ts";
import { stepChildless } from "./childless.ts";
import { enter, launch, prepare, type Transition } from "./moves.ts";

/** Signals may come before the manager begins: a stop leaves nothing to begin with. */
export function stepIdle(
  model: Model,
  state: Idle,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind !== "begin") {
    return stepChildless(model, state, event, policy);
  }
  const { held } = state;
  const { waitTimeoutMs } = policy;
  if (waitTimeoutMs === undefined) {
    return begin(model, held, event.at, policy);
  }
  return enter(model, { kind: "awaiting", held }, [
    { kind: "awaitDependencies" },
    { kind: "timer", name: "await", at: event.at + waitTimeoutMs },
  ]);
}

/** The way to the first child: without paths there is nothing to look at. */
export function begin(
  model: Model,
  held: readonly Signal[],
  at: number,
  policy: Policy,
): Transition {
  const start = { run: 1, reason: "start", failures: 0, held } as const;
  return policy.configs.length === 0 && policy.vetting === undefined
    ? launch(model, { ...start, baseline: [], rejected: undefined }, policy)
    : prepare(model, start, at);
}
