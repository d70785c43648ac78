/** What the other managers of a fleet see of this one, and when they are shown it. Pure. */
import { servingChild } from "../rules/children.ts";
import { followedBy, type Transition } from "../transition/moves.ts";
import type { Event } from "../vocabulary/event.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import type { Member, NextContent } from "../vocabulary/member.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Policy } from "../vocabulary/policy.ts";

/** The same transition; at the beginning, and where it changes what the others see of us, they are shown it. */
export function showMember(
  before: Model,
  { kind }: Pick<Event, "kind">,
  next: Transition,
  { fleet }: Pick<Policy, "fleet">,
): Transition {
  if (fleet === undefined) return next;
  const member = memberOf(next.model);
  return kind !== "begin" && isSameMember(memberOf(before), member)
    ? next
    : followedBy(next, [{ kind: "showMember", member }]);
}

export const memberOf = (model: Model): Member => ({
  runs: servingChild(model.state)?.given,
  next: nextOf(model),
});

function nextOf({ slot, state }: Model): NextContent | undefined {
  const pending = servingChild(state)?.pending;
  const rejected = pending?.kind === "rejected"
    ? pending.candidate.content
    : undefined;
  // After a rollback the slot is kept for a while.
  if (slot !== undefined && !areSame(slot.content, rejected)) {
    const { isTrial, content } = slot;
    return { kind: isTrial ? "tries" : "reloads", content };
  }
  if (rejected !== undefined) return { kind: "rejects", content: rejected };
  return pending?.kind === "queued"
    ? { kind: "waits", content: pending.candidate.content }
    : undefined;
}

/** Whether both would be seen as the same. */
export const isSameMember = (one: Member, other: Member): boolean =>
  areSame(one.runs, other.runs) && one.next?.kind === other.next?.kind &&
  areSame(one.next?.content, other.next?.content);

const areSame = (
  one: Fingerprint | undefined,
  other: Fingerprint | undefined,
): boolean =>
  one === other ||
  (one !== undefined && other !== undefined && isSame(one, other));
