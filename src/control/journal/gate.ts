/** What is known of a hold. The only place that reads the gate of the model. Pure. */
import type { Model } from "../../core/vocabulary/model.ts";

/** A hold; times are on the clock of the model. */
export interface Hold {
  readonly reason: string | undefined;
  readonly since: number;
  /** Undefined: until it is ended. */
  readonly until: number | undefined;
}

/** Undefined while changes are put into effect. */
export const holdOf = ({ gate }: Pick<Model, "gate">): Hold | undefined =>
  gate.kind === "open" ? undefined : gate;

export const isHeld = (model: Pick<Model, "gate">): boolean =>
  holdOf(model) !== undefined;
