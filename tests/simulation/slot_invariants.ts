/** What must hold of `--fleet`. */
import { isSameMember, memberOf } from "../../src/core/fleet/member.ts";
import type { Deed } from "./child.ts";
import type { Story } from "./schedule.ts";
import { Violation } from "./violation.ts";

/** Holds after every step. */
export function checkSlots({ policy, world }: Story): void {
  const { slots, loop: { model } } = world;
  if (slots.fault !== undefined) throw new Violation("slot", slots.fault);
  if (policy.fleet === undefined) return;
  const { shown } = slots;
  if (shown !== undefined && isSameMember(shown, memberOf(model))) return;
  throw new Violation("member", "the others see what is not so any more");
}

/** Holds of each moment at which new content reaches a child that runs. */
export function checkTurnTaken({ policy }: Story, deed: Deed): void {
  if (policy.fleet === undefined || deed.hasSlot) return;
  // An action may be `none`, of which the child hears nothing.
  if (deed.kind === "act" && isPartlySilent(policy)) return;
  throw new Violation("slot", `${deed.kind} of ${deed.key} without a slot`);
}

const isPartlySilent = (
  { configs, onChange }: Story["policy"],
): boolean => configs.some(({ action = onChange }) => action.kind === "none");

/** More than a reload of a schedule takes, the wait for its slot and the time on trial included. */
const RELOAD_MAX_MS = 60_000;

/** Holds when writers have rested: content that never recovers may have another turn just now. */
export function checkRested({ world: { slots } }: Story): void {
  if (slots.busyMs <= RELOAD_MAX_MS) return;
  throw new Violation("slot-given-back", `busy for ${slots.busyMs} ms`);
}

/** Holds when the manager has ended. */
export function checkGivenBack({ world: { slots } }: Story): void {
  if (slots.busyMs === 0) return;
  throw new Violation("slot-given-back", "it has ended with one");
}
