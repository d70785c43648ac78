/**
 * A reload that an operator asks for while a child runs. What the paths hold
 * becomes the candidate, also if that is what the child has; from there on it
 * goes the way of every candidate. Content that changes just now is left its quiet
 * window first. Pure.
 */
import { isFullyRead } from "../change/quiet_window.ts";
import * as operator from "../text/operator.ts";
import type { EventOf } from "../vocabulary/event.ts";
import { againstBase, type Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import type { PathHealth } from "../vocabulary/model.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";
import {
  after,
  enter,
  followedBy,
  log,
  LOOK,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { needsSlot, queue } from "../fleet/queue.ts";
import { planOn } from "../rules/action_choice.ts";
import { onConfirmed, WITHDRAW } from "./confirmed_change.ts";

/** Nobody knows what the paths hold at this moment, so a look comes first. */
export const onReloadRequested = (
  now: Now,
  child: Running,
  { force }: EventOf<"reload">,
): Transition =>
  enter(now, { ...child, request: { since: now.at, force } }, [
    ...log(operator.reloadRequested(force)),
    LOOK,
  ]);

/** The same transition, and then the reload that waited for what the look has found. */
export function thenRequested(
  now: Now,
  { startedAt, observation }: EventOf<"observed">,
  next: Transition,
): Transition {
  const { state } = next.model;
  if (state.kind !== "running" || state.request === undefined) return next;
  const { change, request } = state;
  const { fingerprint, depth } = observation;
  // Content that changes is told of again when it has been there for its quiet window.
  if (startedAt < request.since || change.kind !== "settled") return next;
  // Large files, and what is read beside the looks, may have been taken for what they last were.
  if (depth === "metadata") return followedBy(next, [LOOK]);
  const known = { ...now, model: next.model };
  // What is being read now is told of when it was read, by a look that began before.
  const decided = isFullyRead(fingerprint)
    ? reload(known, state, fingerprint)
    : enter(known, { ...state, request: { ...request, since: 0 } });
  return { ...decided, effects: [...next.effects, ...decided.effects] };
}

/** The paths hold this content, which was decided on before, or is the child's own. */
function reload(now: Now, child: Running, content: Fingerprint): Transition {
  const { pending, baseline, request } = child;
  const lost = lostPaths(baseline, content).map((at) => now.model.health[at]);
  // It is looked at again: most ways to replace a file remove it for a moment.
  if (lost.length > 0 && !lost.some(isReported)) return enter(now, child);
  if (lost.length > 0) return decline(now, child, operator.reloadUnreadable());
  if (pending.kind === "rejected" && request?.force === false) {
    const line = operator.declined("reload", operator.REJECTED);
    return decline(now, child, line);
  }
  const heard = { ...child, request: undefined };
  switch (pending.kind) {
    case "acting":
    case "hooking":
      // A look follows its end.
      return enter(now, child);
    case "vetting":
    case "awaiting": {
      const { candidate: before } = pending;
      const refused = request?.force ? undefined : before.refused;
      const isForced = before.isForced || request?.force === true;
      const candidate = { ...before, requested: true, isForced, refused };
      // The child was not to hear of it, so it has no slot of the fleet.
      return isTakingTurn(now, child, before)
        ? enter(now, { ...heard, pending: { ...pending, candidate } })
        : after(WITHDRAW, queue(now, heard, candidate));
    }
    default:
      return onConfirmed(now, heard, {
        content,
        revertible: pending.kind === "none" || pending.candidate.revertible,
        distanceMs: undefined,
        isForced: request?.force === true,
        isRestless: false,
        refused: undefined,
        requested: true,
      });
  }
}

/** Whether what the child is to hear of has had its turn in the fleet, where there is one. */
const isTakingTurn = (
  { policy }: Now,
  child: Running,
  candidate: Candidate,
): boolean =>
  policy.fleet === undefined ||
  needsSlot(policy, planOn(child, candidate, policy));

const isReported = ({ kind }: PathHealth): boolean => kind === "faulty";

/** The paths that a child could read, and the next one could not. */
const lostPaths = (baseline: Fingerprint, content: Fingerprint): number[] =>
  [...content.keys()].filter((at) =>
    baseline[at].kind !== "fault" &&
    againstBase(baseline[at], content[at]).kind === "fault"
  );

const decline = (now: Now, child: Running, line: Message): Transition =>
  enter(now, { ...child, request: undefined }, log(line));
