/** What the fleet answers to a candidate that waits for a slot. Pure. */
import * as texts from "../text/fleet.ts";
import {
  after,
  disarm,
  enter,
  knowing,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import type { EventOf, SlotAnswer } from "../vocabulary/event.ts";
import type { Pending, Running } from "../vocabulary/state.ts";
import { isGone, unlessHeld, vet, withoutPending } from "./confirmed_change.ts";
import { reject } from "./rejecting.ts";
import { ask } from "./vetting.ts";

type Queued = Extract<Pending, { kind: "queued" }>;

/** An answer to a wish that was given up changes nothing. */
export function onSlotAnswer(
  now: Now,
  child: Running,
  event: EventOf<Exclude<SlotAnswer["kind"], "slotLost">>,
): Transition {
  const { pending } = child;
  if (pending.kind !== "queued" || pending.ticket !== event.ticket) {
    return stay(now);
  }
  switch (event.kind) {
    case "slotTaken":
      return onTaken(now, child, pending, event);
    case "slotAwaited":
      return onAwaited(now, child, pending, event);
    case "slotUnreachable":
      return onUnreachable(now, child, pending, event);
    case "slotRefused": {
      const { by, why } = event;
      return after(
        disarm("fleet"),
        reject(now, child, pending.candidate, "fleet", (retryMs) => [
          texts.rejected(by, why, retryMs),
        ]),
      );
    }
  }
}

function onTaken(
  now: Now,
  child: Running,
  { candidate, ticket }: Queued,
  { isTrial }: EventOf<"slotTaken">,
): Transition {
  const { content } = candidate;
  const slot = {
    ticket,
    content,
    isTrial,
    takenAt: now.at,
    heldUntil: undefined,
    fault: undefined,
  };
  return after(
    [
      ...disarm("fleet"),
      ...log(isTrial ? texts.slotTakenForTrial() : texts.slotTaken()),
    ],
    goOn(knowing(now, { slot }), child, candidate),
  );
}

/**
 * The wait may have been long: the paths may be gone, and changes may be held back by
 * now. Content that never rests is another one by now, and is copied as it is.
 */
function goOn(
  now: Now,
  child: Running,
  candidate: Queued["candidate"],
): Transition {
  if (isGone(now, child, candidate)) {
    return enter(now, withoutPending(child), [LOOK]);
  }
  const isCopied = candidate.isRestless && now.policy.snapshots;
  return unlessHeld(now, child, candidate, isCopied ? askForCopy : vet);
}

const askForCopy: typeof vet = (now, child, candidate) =>
  ask(now, child, candidate, "copy");

const onAwaited = (
  now: Now,
  child: Running,
  pending: Queued,
  { why }: EventOf<"slotAwaited">,
): Transition =>
  enter(
    now,
    { ...child, pending: { ...pending, why, unreachableSince: undefined } },
    [...disarm("fleet"), ...log(texts.slotAwaited(why))],
  );

/** The time for that begins with the first answer of this kind in a row. */
function onUnreachable(
  now: Now,
  child: Running,
  pending: Queued,
  { detail }: EventOf<"slotUnreachable">,
): Transition {
  const { unreachableSince = now.at } = pending;
  const proceedAt = proceedTime(now, unreachableSince);
  const leftMs = proceedAt === undefined ? undefined : proceedAt - now.at;
  return enter(
    now,
    { ...child, pending: { ...pending, why: detail, unreachableSince } },
    [
      ...log(texts.unreachable(detail, leftMs)),
      { kind: "timer", name: "fleet", at: proceedAt },
    ],
  );
}

function proceedTime(
  { policy: { fleet } }: Now,
  since: number,
): number | undefined {
  return fleet?.whenUnreachable === "proceed"
    ? since + fleet.unreachableTimeoutMs
    : undefined;
}

/** The fleet could not be asked for as long as the operator wants to wait: the reload goes on without a slot. */
export function onFleetTimeout(now: Now, child: Running): Transition {
  const { pending } = child;
  if (pending.kind !== "queued" || pending.unreachableSince === undefined) {
    return stay(now);
  }
  const { candidate, unreachableSince } = pending;
  const proceedAt = proceedTime(now, unreachableSince);
  if (proceedAt === undefined || now.at < proceedAt) return stay(now);
  return after(
    log(texts.passedOver(now.at - unreachableSince)),
    goOn(now, child, candidate),
  );
}
