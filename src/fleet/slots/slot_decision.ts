/**
 * What a manager does about a slot, from what it has read of them. Pure: it is
 * written elsewhere.
 *
 * Content that nobody has proven may be tried in the first slot only, so that one
 * manager tries it. Content that is proven takes another slot where one is free,
 * and leaves the first one to trials.
 */
import { shortLine } from "../../core/notation/one_line.ts";
import type { FleetRules } from "../../core/vocabulary/settings.ts";
import type { SlotRequest } from "./fleet.ts";
import type { FleetView, Holder, Slot, SlotChange } from "./slot_store.ts";
import {
  isProven,
  refusalOf,
  type Report,
  withReport,
  withVanished,
} from "./verdicts.ts";

export type SlotDecision =
  /** No manager may use the content. */
  | { readonly kind: "refused"; readonly by: string; readonly why: string }
  /** Others come first. */
  | { readonly kind: "wait"; readonly why: string }
  /** The slot is ours once this is written. */
  | {
    readonly kind: "take";
    readonly change: SlotChange;
    readonly isTrial: boolean;
  }
  /** This is to be written first: it puts in order what was left behind. Then the slots are read again. */
  | { readonly kind: "tidy"; readonly change: SlotChange };

/** Who asks for what. */
export interface Asking {
  readonly identity: { readonly name: string; readonly uid: string };
  readonly request: Pick<SlotRequest, "content" | "isForced">;
  readonly rules: Pick<FleetRules, "canary" | "limit">;
  /** From 0 (included) to 1 (excluded): managers that ask at the same moment choose different slots. */
  readonly chance: number;
  /** The time in ISO 8601, for a refusal. */
  readonly at: string;
}

/** So many holders are named. */
const NAMES_MAX = 3;
const NAME_MAX_CHARS = 80;

export function decideSlot(view: FleetView, asking: Asking): SlotDecision {
  const { identity: { uid }, request: { content, isForced }, rules } = asking;
  const verdicts = verdictsAtTakeover(view, asking);
  const refusal = rules.canary && !isForced
    ? refusalOf(verdicts, content)
    : undefined;
  const isTrial = rules.canary && !isProven(verdicts, content);
  const own = ownSlot(view, uid);
  // A write of ours whose answer was lost: to take the slot again is to confirm it.
  const chosen = refusal !== undefined
    ? undefined
    : own !== undefined && mayUse(own, isTrial, isForced)
    ? own
    : choose(view.slots.filter(isFree), { isTrial, isForced }, asking.chance);
  if (own !== undefined && own !== chosen) return tidy(own.index);
  if (refusal !== undefined) {
    // Nobody has written yet that the holder vanished and what follows from it.
    return verdicts === view.verdicts
      ? { kind: "refused", by: refusal.by, why: refusal.why }
      : tidy(0, verdicts);
  }
  if (chosen === undefined) {
    return { kind: "wait", why: whyWaiting(view, content, isTrial) };
  }
  const isNews = chosen.index === 0 && verdicts !== view.verdicts;
  const change: SlotChange = {
    index: chosen.index,
    holder: { ...asking.identity, content, isTrial, limit: rules.limit },
    verdicts: isNews ? verdicts : undefined,
  };
  return { kind: "take", change, isTrial };
}

/**
 * The next write of a manager that has something to tell or to give back;
 * undefined: there is nothing left to write. A verdict and the giving back of the
 * first slot are one write. `isHolding` is whether a slot that is ours is still
 * needed.
 */
export function settlingChange(
  view: FleetView,
  uid: string,
  reports: readonly Report[],
  isHolding: boolean,
): SlotChange | undefined {
  const own = isHolding ? undefined : ownSlot(view, uid);
  const verdicts = reports.reduce(withReport, view.verdicts);
  if (verdicts !== view.verdicts) {
    const holder = own?.index === 0 ? undefined : view.slots[0].holder;
    return { index: 0, holder, verdicts };
  }
  if (own === undefined) return undefined;
  return { index: own.index, holder: undefined, verdicts: undefined };
}

export const ownSlot = (view: FleetView, uid: string): Slot | undefined =>
  view.slots.find(({ holder }) => holder?.uid === uid);

/** The verdicts that hold once the first slot is taken from a holder that has vanished. */
function verdictsAtTakeover(view: FleetView, { identity, at }: Asking) {
  const { holder, isAbandoned } = view.slots[0];
  return isAbandoned && holder !== undefined && holder.uid !== identity.uid
    ? withVanished(view.verdicts, holder, at)
    : view.verdicts;
}

const tidy = (
  index: number,
  verdicts?: SlotChange["verdicts"],
): SlotDecision => ({
  kind: "tidy",
  change: { index, holder: undefined, verdicts },
});

const isFree = ({ holder, isAbandoned }: Slot) =>
  holder === undefined || isAbandoned;

const mayUse = ({ index }: Slot, isTrial: boolean, isForced: boolean) =>
  index === 0 || !isTrial || isForced;

function choose(
  free: readonly Slot[],
  use: { readonly isTrial: boolean; readonly isForced: boolean },
  chance: number,
): Slot | undefined {
  const first = free.find(({ index }) => index === 0);
  const others = free.filter(({ index }) => index !== 0);
  const other = others[Math.floor(chance * others.length)];
  if (!use.isTrial) return other ?? first;
  return first ?? (use.isForced ? other : undefined);
}

/** Who comes first, and with what. */
function whyWaiting(
  { slots }: FleetView,
  content: string,
  isTrial: boolean,
): string {
  const [{ holder }] = slots;
  if (isTrial && holder !== undefined && !slots[0].isAbandoned) {
    const name = nameOf(holder);
    if (holder.isTrial) {
      const which = holder.content === content ? "this" : "another";
      return `${name} tries ${which} configuration`;
    }
    if (slots.length > 1) {
      return `${name} reloads in slot 0, where new configurations are tried`;
    }
  }
  const holders = slots.flatMap(({ holder, isAbandoned }) =>
    holder === undefined || isAbandoned ? [] : [holder]
  );
  const verb = holders.length === 1 ? "reloads" : "reload";
  return `${namesOf(holders)} ${verb} (${holders.length} of ${slots.length})`;
}

function namesOf(holders: readonly Holder[]): string {
  const named = holders.slice(0, NAMES_MAX).map(nameOf).join(", ");
  const more = holders.length - NAMES_MAX;
  return more > 0 ? `${named} and ${more} more` : named;
}

const nameOf = ({ name }: Holder) => shortLine(name, NAME_MAX_CHARS);
