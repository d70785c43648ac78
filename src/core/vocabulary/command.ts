/** What an operator can ask of a manager, as data. */
import type { Signal } from "./signals.ts";

export type Command =
  /** Keep changes back until `resume`, or for this long; a later hold takes the place of an earlier one. */
  | {
    readonly kind: "hold";
    readonly reason: string | undefined;
    readonly forMs: number | undefined;
  }
  | { readonly kind: "resume" }
  /**
   * Restart the child on what the paths hold, although nothing may have changed; with
   * `force` also on content that was rejected. `signal` is the one that has asked for it.
   */
  | {
    readonly kind: "reload";
    readonly force: boolean;
    readonly signal?: Signal;
  }
  /** End the child, and start none until `startChild`. */
  | { readonly kind: "stopChild" }
  | { readonly kind: "startChild" };

/** The longest time of a hold; one without a time lasts until it is ended. */
export const HOLD_MAX_MS = 30 * 86_400_000;
/** A reason is shown in one line of the log and of the status. */
export const HOLD_REASON_MAX_CHARS = 200;

/** The commands of one kind. */
export type CommandOf<Kind extends Command["kind"]> = Extract<
  Command,
  { kind: Kind }
>;
