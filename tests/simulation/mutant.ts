/** The shape of a faulty core, and the two ways to make one. */
import type { Event } from "../../src/core/vocabulary/event.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import { step } from "../../src/core/step.ts";
import type { Transition } from "../../src/core/transition/moves.ts";
import type { Invariant } from "./violation.ts";

export interface Mutant {
  readonly name: string;
  /** The invariant that it breaks first. */
  readonly breaks: Invariant;
  /** The first schedule that is tried, of a mutant that only rare ones catch: one that was caught is not far behind it. */
  readonly from?: number;
  readonly decide: typeof step;
}

type Decide = (model: Model, event: Event, policy: Policy) => Transition;

/** The core hears of another event than the one that happened. */
export const asIf =
  (change: (model: Model, event: Event, policy: Policy) => Event): Decide =>
  (model, event, policy) => step(model, change(model, event, policy), policy);

/** Some events are lost on the core. */
export const deafTo =
  (deaf: (model: Model, event: Event) => boolean): Decide =>
  (model, event, policy) =>
    deaf(model, event) ? { model, effects: [] } : step(model, event, policy);
