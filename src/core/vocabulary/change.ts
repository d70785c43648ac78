/** How far the quiet window of a change has come. */
import type { Fingerprint } from "./fingerprint.ts";

/** Whether the content on disk is the one that the child was started with. */
export type Change =
  /**
   * The child was started, or told of this content, at `since`. Should the first
   * look that began after it find other content than the one before, nobody knows
   * which one the child read.
   */
  | { readonly kind: "unverified"; readonly since: number }
  /** That first look found a path gone or unreadable that was there before the start. */
  | { readonly kind: "doubted" }
  | { readonly kind: "settled" }
  | {
    readonly kind: "settling";
    /** When the difference was first seen. */
    readonly since: number;
    /** When the content last moved. */
    readonly changedAt: number;
    readonly candidate: Fingerprint;
    /** Whether a large file was longer at the last move than before it. */
    readonly growing: boolean;
    /** Whether the last move replaced files as a replaced, and that is trusted. */
    readonly replaced: boolean;
    /** Whether it is over when the content is what it was: not when the child may have read the other. */
    readonly revertible: boolean;
  };
