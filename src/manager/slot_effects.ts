/**
 * The part of the real system that takes turns with other managers. Owns the
 * interface that the event loop uses, and its implementations with a fleet and
 * without one.
 */
import type { SlotVerdict } from "../core/vocabulary/event.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import type { Member } from "../core/vocabulary/member.ts";
import type { Fleet } from "../fleet/slots/fleet.ts";
import { digestOf } from "../host/snapshot/content_names.ts";

/** The effects of the core that depend on `--fleet`. */
export interface SlotEffects {
  /** Answered by events `SlotAnswer`. */
  readonly takeSlot: (
    ticket: number,
    content: Fingerprint,
    isForced: boolean,
  ) => void;
  readonly reportSlot: (ticket: number, verdict: SlotVerdict) => void;
  readonly releaseSlot: (ticket: number) => void;
  readonly showMember: (member: Member) => void;
}

/** To the fleet, a content is its name. */
export const slotsOf = (fleet: Fleet): SlotEffects => ({
  takeSlot: (ticket, content, isForced) =>
    fleet.take({ ticket, content: digestOf(content), isForced }),
  reportSlot: (ticket, verdict) => fleet.report(ticket, verdict),
  releaseSlot: (ticket) => fleet.release(ticket),
  showMember: ({ runs, next }) =>
    fleet.show({
      runs: runs && digestOf(runs),
      next: next && { kind: next.kind, content: digestOf(next.content) },
    }),
});

/** The core never asks for these effects without `--fleet`. */
export const NO_SLOTS: SlotEffects = {
  takeSlot: refuse,
  reportSlot: refuse,
  releaseSlot: refuse,
  showMember: refuse,
};

function refuse(): never {
  throw new Error("No fleet is named");
}
