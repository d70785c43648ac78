/** What the other managers of a fleet see of this one, and when they are shown it. Pure. */
import { servingChild } from "../rules/children.ts";
import { followedBy, type Transition } from "../transition/moves.ts";
import { type Fingerprint, isSame } from "../vocabulary/fingerprint.ts";
import type { Member, NextContent } from "../vocabulary/member.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Policy } from "../vocabulary/policy.ts";

/** The same transition; where it changes what the others see of us, they are shown it. */
export function showMember(
  before: Model,
  next: Transition,
  { fleet }: Pick<Policy, "fleet">,
): Transition {
  if (fleet === undefined) return next;
  const member = memberOf(next.model);
  return isSameMember(memberOf(before), member)
    ? next
    : followedBy(next, [{ kind: "showMember", member }]);
}

export const memberOf = (model: Model): Member => ({
  runs: servingChild(model.state)?.given,
  next: nextOf(model),
});

function nextOf({ slot, state }: Model): NextContent | undefined {
  if (slot !== undefined) {
    const { isTrial, content } = slot;
    return { kind: isTrial ? "tries" : "reloads", content };
  }
  const pending = servingChild(state)?.pending;
  switch (pending?.kind) {
    case "queued":
      return { kind: "waits", content: pending.candidate.content };
    case "rejected":
      return { kind: "rejects", content: pending.candidate.content };
    default:
      return undefined;
  }
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
