/** New content has failed at this manager, which the fleet is to know if that has a slot for it. Pure. */
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import { knowing, type Now } from "../transition/moves.ts";

/** `why` is one line without any content. The first fault of a content counts. */
export function withFault(now: Now, content: Fingerprint, why: string): Now {
  const { slot } = now.model;
  return slot === undefined || slot.fault !== undefined ||
      !isSame(slot.content, content)
    ? now
    : knowing(now, { slot: { ...slot, fault: why } });
}
