/**
 * Asks the host about a candidate: for a verdict, or first for a copy where the
 * content was still changing when the maximum wait ended. Pure.
 */
import type { EventOf } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import type { Candidate, Pending, Running } from "../vocabulary/state.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
import * as watching from "../text/watching.ts";
import {
  after,
  enter,
  knowing,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { keepOnly } from "../child/ready_child.ts";
import { retryTimer } from "../child/rejection.ts";

/** Asks for a verdict on the candidate, or for a copy of whatever the paths hold now. */
export function ask(
  now: Now,
  child: Running,
  candidate: Candidate,
  asked: "verdict" | "copy",
): Transition {
  const { model: { good }, policy } = now;
  // Makes room before the candidate is saved.
  const room = keepOnly(policy, good, child.baseline, child.given);
  return after(room, question(now, child, candidate, asked));
}

function question(
  now: Now,
  child: Running,
  candidate: Candidate,
  asked: "verdict" | "copy",
): Transition {
  const ticket = now.model.ticket + 1;
  const { content } = candidate;
  const pending = { kind: "vetting", candidate, ticket, asked } as const;
  const previous = child.baseline;
  return enter(
    knowing(now, { ticket }),
    { ...child, pending },
    asked === "copy"
      ? [
        ...log(watching.changeAwaitsRestNoLonger()),
        { kind: "capture", ticket, content },
      ]
      : [
        ...log(reloads.vetting()),
        { kind: "vet", ticket, content, previous },
      ],
  );
}

/** The copy is vetted like any content, unless it holds what was decided on before. */
export function onCaptured(
  now: Now,
  child: Running,
  { ticket, content }: EventOf<"captured">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "vetting" || pending.ticket !== ticket) return stay(now);
  const candidate = { ...pending.candidate, content };
  return asDecidedBefore(now, child, candidate) ??
    question(now, child, candidate, "verdict");
}

/** Where all is known of the candidate by now, and it holds what was decided on before: that is left as it was, and a look follows. */
export function asDecidedBefore(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition | undefined {
  const { content, refused, revertible, requested } = candidate;
  if (refused !== undefined && holds(refused.content, content)) {
    const { retryAt } = refused;
    const again: Pending = {
      kind: "rejected",
      candidate,
      at: now.at,
      retryAt,
      isLookedAt: true,
    };
    const line = operator.declined("reload", operator.REJECTED);
    return enter(
      knowing(now, { turnAt: undefined }),
      { ...child, pending: again },
      [...log(...(requested ? [line] : [])), ...retryTimer(again), LOOK],
    );
  }
  if (revertible && !requested && holds(child.baseline, content)) {
    return enter(
      knowing(now, { turnAt: undefined }),
      { ...child, pending: { kind: "none" } },
      [...log(watching.changeReverted()), LOOK],
    );
  }
  return undefined;
}

const holds = (content: Fingerprint, copied: Fingerprint): boolean =>
  firstDifference(content, copied) === undefined;

/**
 * Whether the candidate is decided on whatever the paths hold meanwhile: content
 * that changes all the time could never be used otherwise. A look follows.
 */
export const usesCopy = ({ policy }: Now, pending: Pending): boolean =>
  (pending.kind === "queued" || pending.kind === "vetting" ||
    pending.kind === "awaiting") &&
  policy.snapshots && pending.candidate.isRestless;

/** A look follows the transition if it ends the time in which none meant anything. */
export function thenLook(
  now: Now,
  { pending }: Running,
  { model, effects }: Transition,
): Transition {
  const { state } = model;
  const isOver = usesCopy(now, pending) && state.kind === "running" &&
    !usesCopy(now, state.pending);
  return { model, effects: isOver ? [...effects, LOOK] : effects };
}
