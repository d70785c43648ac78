/** Whether the content of the paths has changed, and since when it has been stable. */
import type { Fingerprint } from "./fingerprint.ts";

/** Reloads in a row whose change came at about the same, short distance from the start or the reload before. */
export interface Feedback {
  /** Of the latest of them. */
  readonly distanceMs: number;
  readonly reloads: number;
}

/** Whether the content on disk is the one that the child was started with. */
export type Change =
  /**
   * The child was started, or told of its content, at `since`, and no look has
   * begun since then. If the first one finds other content, nobody knows which
   * content the child has read.
   */
  | { readonly kind: "unverified"; readonly since: number }
  /** The child may have read other content than its baseline. */
  | { readonly kind: "doubted" }
  /** The paths hold what was decided on last. */
  | { readonly kind: "settled" }
  /** The paths hold other content, which has to be unchanged for the quiet window. */
  | {
    readonly kind: "settling";
    /** When the difference was first seen. */
    readonly since: number;
    /** When the content last changed. */
    readonly changedAt: number;
    readonly candidate: Fingerprint;
    /** Whether the last change made a large file longer. */
    readonly growing: boolean;
    /** Whether the last change replaced files as a whole, and that is trusted. */
    readonly replaced: boolean;
    /** What was logged of the paths and entries that differ. */
    readonly told: string;
    /** Whether there is nothing to do if the content is what it was again. Not so if the child may have read the other. */
    readonly revertible: boolean;
  };
