/** A look at the watched paths, and why it was taken. Pure. */
import type { Fingerprint } from "./fingerprint.ts";

/**
 * Why a look was taken, weakest first: a timer of ours, the poller, a file system
 * event, or an event that tells of a rename to a watched name.
 */
export const CAUSES = ["timer", "poll", "event", "replacement"] as const;
export type Cause = (typeof CAUSES)[number];

/** Whether large files are read too, not only their metadata. */
export type Depth = "metadata" | "content";

/** A path that takes longer to read than a look may wait for, and how much of it was read so far. */
export interface Unread {
  /** Its index. */
  readonly path: number;
  readonly bytes: number;
  readonly entries: number;
}

/** One look at all paths. */
export interface Observation {
  readonly at: number;
  readonly fingerprint: Fingerprint;
  readonly depth: Depth;
  /**
   * Paths that are still being read. The fingerprint has of them what was read
   * before if their metadata are still the same, and else a provisional
   * identity; in a look at metadata, it has what was last told. When one is
   * read, an observation follows of itself.
   */
  readonly unread: readonly Unread[];
  readonly cause: Cause;
}
