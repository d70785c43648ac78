/** A look at the watched paths, and why it was taken. Pure. */
import type { Fingerprint } from "./fingerprint.ts";

/**
 * Why a look was taken, weakest first: a timer of ours, the poller, a file system
 * event, or an event that tells of a rename to a watched name.
 */
export const CAUSES = ["timer", "poll", "event", "replacement"] as const;
export type Cause = (typeof CAUSES)[number];

/** One look at all paths. */
export interface Observation {
  readonly at: number;
  readonly fingerprint: Fingerprint;
  /** Whether large files were read too, not only their metadata. */
  readonly depth: "metadata" | "content";
  readonly cause: Cause;
}
