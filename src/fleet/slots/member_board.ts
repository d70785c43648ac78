/** Where the managers of a fleet show each other what they do. What is shown is only looked at, never decided by. */
import type {
  MemberList,
  MemberReading,
} from "../../control/vocabulary/fleet.ts";

/** What a manager shows of itself. */
export type ShownMember = Omit<MemberReading, "name">;

/** So many managers are listed. */
export const MEMBERS_MAX = 256;

/** Every call may throw a StoreUnreachable, and ends with the signal's reason when that is aborted. */
export interface MemberBoard {
  /** So many milliseconds are left between two shows. */
  readonly spacingMs: number;
  /** Shows this in place of what was shown before; it vanishes with our process, or with its pod. */
  show(member: ShownMember, signal: AbortSignal): Promise<void>;
  /** All that are there now; MEMBERS_MAX at most. */
  members(signal: AbortSignal): Promise<MemberList>;
}
