/**
 * A slot of the fleet is ours from the answer `slotTaken` until the reload is over
 * that it was taken for. Whether it is over shows in the model, so that no way out of
 * a reload can forget to give the slot back. Pure.
 */
import * as texts from "../text/fleet.ts";
import { isEndedFromOutside } from "../transition/ended_from_outside.ts";
import {
  after,
  followedBy,
  log,
  type Now,
  perform,
  type Transition,
} from "../transition/moves.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import { isSame } from "../vocabulary/fingerprint.ts";
import type { FleetRules } from "../vocabulary/settings.ts";
import type { HeldSlot, Model } from "../vocabulary/model.ts";
import type { Goal, Reason, Running, State } from "../vocabulary/state.ts";

/**
 * The same transition, with what it means for the fleet: a wish for a slot that is
 * not there any more is given up, what has become of the content is reported, and a
 * slot that is not needed any more is given back.
 */
export function followSlot(
  now: Now,
  event: Event,
  next: Transition,
): Transition {
  const { model: before, policy, at } = now;
  if (policy.fleet === undefined) return next;
  const wish = wishGivenUp(before, next.model);
  const slot = judged(now, event, next.model);
  const { slot: left, effects } = slot === undefined
    ? { slot, effects: [] }
    : advance(slot, before.slot, next.model, at, policy.fleet);
  const known = { ...next, model: { ...next.model, slot: left } };
  // The slot that we have is given back before another one is asked for.
  const unjudged = hasTrialEndedFromOutside(now, event)
    ? log(texts.notJudged())
    : [];
  const asksAgain = next.effects.some(({ kind }) => kind === "takeSlot");
  return asksAgain
    ? after([...wish, ...unjudged, ...effects], known)
    : followedBy(known, [...wish, ...unjudged, ...effects]);
}

/** A reload goes on; what becomes of it is told to the fleet all the same. After a freeze it may be over already. */
export const onSlotLost = (
  now: Now,
  { detail }: EventOf<"slotLost">,
): Transition => perform(now, log(texts.slotLost(detail)));

/** The ticket of a wish that has not been granted. */
const wishOf = ({ state }: Model): number | undefined =>
  state.kind === "running" && state.pending.kind === "queued"
    ? state.pending.ticket
    : undefined;

function wishGivenUp(before: Model, model: Model): Effect[] {
  const ticket = wishOf(before);
  return ticket === undefined || ticket === wishOf(model) ||
      ticket === model.slot?.ticket
    ? []
    : [
      { kind: "releaseSlot", ticket },
      { kind: "timer", name: "fleet", at: undefined },
    ];
}

/** The slot, with its fault if the child that runs on its content has just failed. */
function judged(
  now: Now,
  event: Event,
  { state, slot }: Model,
): HeldSlot | undefined {
  const { state: before } = now.model;
  const isFailed = slot !== undefined && slot.fault === undefined &&
    before.kind === "running" && isSame(before.given, slot.content) &&
    "goal" in state && hasFailed(state.goal);
  if (!isFailed) return slot;
  if (event.kind !== "exited") {
    return { ...slot, fault: "the child did not answer" };
  }
  return isEndedFromOutside(now, before, event.status)
    ? slot
    : { ...slot, fault: "the child ended by itself" };
}

/** Whether somebody else has ended the child that tries the content of the slot. */
function hasTrialEndedFromOutside(now: Now, event: Event): boolean {
  const { model: { state, slot } } = now;
  if (event.kind !== "exited") return false;
  const child = state.kind === "overlapping" && state.next.kind !== "spawning"
    ? state.next.child
    : state;
  return child.kind === "running" && child.run === event.run &&
    slot?.isTrial === true && slot.fault === undefined &&
    isSame(child.given, slot.content) &&
    isEndedFromOutside(now, child, event.status);
}

const hasFailed = ({ kind }: Goal): boolean =>
  kind === "follow" || kind === "revive" || kind === "hung";

interface Advanced {
  readonly slot: HeldSlot | undefined;
  readonly effects: readonly Effect[];
}

function advance(
  slot: HeldSlot,
  before: HeldSlot | undefined,
  { state }: Model,
  at: number,
  { canary, soakMs, settleMs }: FleetRules,
): Advanced {
  const { ticket, fault } = slot;
  const isTold = before?.ticket === ticket && before.fault !== undefined;
  // Without a canary each manager finds out by itself.
  const report = canary && fault !== undefined && !isTold
    ? refused(ticket, fault)
    : [];
  switch (useOf(slot, state)) {
    case "reload":
      return { slot, effects: report };
    case "proof":
      return {
        slot: undefined,
        effects: [...proven(ticket, soakMs), ...giveBack(ticket)],
      };
    case "settle": {
      const next = settle(slot, at, settleMs);
      return { ...next, effects: [...report, ...next.effects] };
    }
    case "none":
      return { slot: undefined, effects: [...report, ...giveBack(ticket)] };
  }
}

/** Gives the slot back when the child has been ready for so long. */
function settle(slot: HeldSlot, at: number, settleMs: number): Advanced {
  const { ticket, heldUntil = at + settleMs } = slot;
  if (at >= heldUntil) return { slot: undefined, effects: giveBack(ticket) };
  return {
    slot: { ...slot, heldUntil },
    effects: slot.heldUntil === undefined
      ? [{ kind: "timer", name: "settle", at: heldUntil }]
      : [],
  };
}

const refused = (ticket: number, why: string): Effect[] => [
  { kind: "reportSlot", ticket, verdict: { kind: "refused", why } },
  ...log(texts.refused(why)),
];

const proven = (ticket: number, soakMs: number): Effect[] => [
  { kind: "reportSlot", ticket, verdict: { kind: "proven" } },
  ...log(texts.proven(soakMs)),
];

const giveBack = (ticket: number): Effect[] => [
  { kind: "releaseSlot", ticket },
  ...log(texts.slotReleased()),
  { kind: "timer", name: "settle", at: undefined },
];

/** What a slot is still needed for. */
type Use =
  /** A child is replaced, told of the content, or has yet to become ready or to soak. */
  | "reload"
  /** The child has run for long enough on content that nobody had proven. */
  | "proof"
  /** It is ready, also with what it was rolled back to, and who sends it requests has yet to find that out. */
  | "settle"
  | "none";

function useOf(slot: HeldSlot, state: State): Use {
  switch (state.kind) {
    case "running":
      return useOfChild(slot, state);
    case "overlapping":
      return "reload";
    case "draining":
    case "stopping":
    case "sweeping":
    case "afterExit":
      return state.goal.kind === "restart" ? "reload" : "none";
    case "awaiting":
    case "preparing":
    case "proving":
    case "retrying":
      return ofStart(state.reason);
    case "beforeStart":
    case "spawning":
      return state.stop === undefined ? ofStart(state.reason) : "none";
    default:
      return "none";
  }
}

/** Starts after a crash take no turns. */
const ofStart = (reason: Reason): Use =>
  reason === "crash" || reason === "liveness" ? "none" : "reload";

function useOfChild(
  { content, isTrial, takenAt, fault }: HeldSlot,
  { pending, readiness, given, toldAt }: Running,
): Use {
  switch (pending.kind) {
    case "vetting":
    case "awaiting":
    case "hooking":
    case "acting":
      return "reload";
    case "queued":
      return "none";
    case "none":
    case "deferred":
    case "rejected":
      // Nothing was done to the child that the slot was taken for.
      if (toldAt < takenAt) return "none";
      if (readiness.kind === "awaited") return "reload";
      // A child that is late proves nothing, whatever it is told of.
      return isTrial && fault === undefined && readiness.kind === "ready" &&
          isSame(given, content)
        ? "proof"
        : "settle";
  }
}
