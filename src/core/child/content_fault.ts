/**
 * New content has failed at this manager. Where it has a slot of the fleet for that
 * content, the fleet is told, or the content is tried again if nobody can tell whose
 * fault it was. Pure.
 */
import type { ExitStatus } from "../vocabulary/exit_status.ts";
import type { Ground } from "../vocabulary/event.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import type { Running } from "../vocabulary/state.ts";
import { knowing, type Now } from "../transition/moves.ts";
import { isEndedFromOutside } from "../transition/ended_from_outside.ts";

/**
 * What has become of a child on new content. A fault of the content: why, in one line
 * without any of it. Or somebody else has ended the child, which says nothing about it.
 */
export type Failure =
  | { readonly kind: "fault"; readonly why: string }
  | { readonly kind: "fromOutside" };

/** After the end of a child by itself; `why` is told if nobody else has ended it. */
export const failureBy = (
  now: Now,
  child: Running,
  status: ExitStatus,
  why: string,
): Failure =>
  isEndedFromOutside(now, child, status)
    ? { kind: "fromOutside" }
    : { kind: "fault", why };

/**
 * The same moment with this failure of the content that the child had, and what rejects
 * it here. If somebody else has ended a child that tried it for the fleet, it waits for
 * another slot, as content does that the fleet has refused; else circumstances have.
 */
export function withFailure(
  now: Now,
  content: Fingerprint,
  failure: Failure,
): { readonly now: Now; readonly ground: Ground } {
  return failure.kind === "fault"
    ? { now: withFault(now, content, failure.why), ground: "circumstances" }
    : {
      now,
      ground: isTriedForFleet(now, content) ? "fleet" : "circumstances",
    };
}

const isTriedForFleet = (
  { model: { slot } }: Now,
  content: Fingerprint,
): boolean => slot?.isTrial === true && isSame(slot.content, content);

/** `why` is one line without any content. The first fault of a content counts. */
export function withFault(now: Now, content: Fingerprint, why: string): Now {
  const { slot } = now.model;
  return slot === undefined || slot.fault !== undefined ||
      !isSame(slot.content, content)
    ? now
    : knowing(now, { slot: { ...slot, fault: why } });
}
