/** Slots and verdicts for tests of what is decided about them. */
import {
  type FleetView,
  type Holder,
  NO_VERDICTS,
  type Slot,
  type Verdicts,
} from "../../src/fleet/slots/slot_store.ts";

/** A manager that reloads to "good", unless told otherwise. */
export const holder = (name: string, other: Partial<Holder> = {}): Holder => ({
  name,
  uid: `uid of ${name}`,
  content: "good",
  isTrial: false,
  ...other,
});

/** A slot without an index: free, held, or left behind by a holder that vanished. */
export type Place = Holder | undefined | { readonly vanished: Holder };

export const viewOf = (
  places: readonly Place[],
  verdicts: Partial<Verdicts> = {},
): FleetView => ({
  slots: places.map((place, index): Slot =>
    place !== undefined && "vanished" in place
      ? { index, holder: place.vanished, isAbandoned: true }
      : { index, holder: place, isAbandoned: false }
  ),
  verdicts: { ...NO_VERDICTS, ...verdicts },
});

export const refusal = (content: string) => ({
  content,
  by: "web-9",
  why: "rolled back",
  at: "2026-11-29T08:00:00.000Z",
});

/** The name of a content, as every store keeps it; of one hexadecimal digit. */
export const nameOf = (digit: string): string => digit.repeat(64);
