/** New content has failed at this manager, which the fleet is to know if that has a slot for it. Pure. */
import {
  type ExitStatus,
  isKilledFromOutside,
} from "../vocabulary/exit_status.ts";
import type { Ground } from "../vocabulary/event.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import { knowing, type Now } from "../transition/moves.ts";

/**
 * What has become of a child on new content. A fault of the content: why, in one line
 * without any of it. Or somebody has killed the child, which says nothing about it.
 */
export type Failure =
  | { readonly kind: "fault"; readonly why: string }
  | { readonly kind: "killed" };

/** After the end of a child by itself; `why` is told if it was not killed. */
export const failureBy = (status: ExitStatus, why: string): Failure =>
  isKilledFromOutside(status) ? { kind: "killed" } : { kind: "fault", why };

/**
 * The same moment with this failure, and what rejects the content here. Where it has a
 * slot of the fleet and somebody has killed the child, it waits for another one, as
 * content does that the fleet has refused; else circumstances have.
 */
export function withFailure(
  now: Now,
  content: Fingerprint,
  failure: Failure,
): { readonly now: Now; readonly ground: Ground } {
  return failure.kind === "fault"
    ? { now: withFault(now, content, failure.why), ground: "circumstances" }
    : { now, ground: hasSlot(now, content) ? "fleet" : "circumstances" };
}

const hasSlot = ({ model: { slot } }: Now, content: Fingerprint): boolean =>
  slot !== undefined && isSame(slot.content, content);

/** `why` is one line without any content. The first fault of a content counts. */
export function withFault(now: Now, content: Fingerprint, why: string): Now {
  const { slot } = now.model;
  return slot === undefined || slot.fault !== undefined ||
      !isSame(slot.content, content)
    ? now
    : knowing(now, { slot: { ...slot, fault: why } });
}
