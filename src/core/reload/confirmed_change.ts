/**
 * From a confirmed change to its effect: the candidate waits for its turn and is
 * vetted. If the content changes meanwhile, the quiet window begins again. Pure.
 */
import { isFullyRead } from "../change/quiet_window.ts";
import { isReadable } from "../change/readability.ts";
import { firstSignalOf, planOn } from "../rules/action_choice.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf, Verdict } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
  isSame,
} from "../vocabulary/fingerprint.ts";
import {
  APPLY_RETRY_MS,
  HELD_SIGNALS_MS,
  turnAfter,
} from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Candidate, Pending, Running } from "../vocabulary/state.ts";
import * as watching from "../text/watching.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
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
import { beginWait, needsDependencies } from "../childless/dependencies.ts";
import { canReceiveSignals } from "../child/ready_child.ts";
import { needsSlot, queue } from "../fleet/queue.ts";
import { withFault } from "../child/content_fault.ts";
import { apply, retryLater } from "./applying.ts";
import { reject } from "./rejecting.ts";
import { ask, usesCopy } from "./vetting.ts";

/** The content that the next look is compared with: the one that was decided on last. */
export const referenceOf = ({ pending, baseline }: Running): Fingerprint =>
  pending.kind === "none" ? baseline : pending.candidate.content;

/** The paths hold `candidate`, and it is stable. */
export function onConfirmed(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { baseline, pending } = child;
  const { content, revertible, requested } = candidate;
  const { failed } = now.model;
  // Other content ends the row of failures.
  if (failed !== undefined && !isSame(failed.content, content)) {
    return onConfirmed(knowing(now, { failed: undefined }), child, candidate);
  }
  // Without an earlier decision, even the child's own content is a change: the
  // child may have read other content in between.
  const isReverted = !requested && pending.kind !== "none" && revertible &&
    firstDifference(baseline, content) === undefined;
  if (isReverted) {
    return enter(
      knowing(now, { turnAt: undefined }),
      { ...child, pending: { kind: "none" } },
      [...WITHDRAW, ...log(watching.changeReverted())],
    );
  }
  const turnAt = turnAfter(now.model, now.at, now.policy);
  return takeTurn(knowing(now, { turnAt }), child, candidate);
}

/** A deferred candidate has its turn. If one of its paths is gone by now, the child keeps what it has. */
export const onTurn = (
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition =>
  isLost(now, child, candidate)
    ? enter(now, withoutPending(child), [LOOK])
    : takeTurn(now, child, candidate);

/**
 * Whether a path of the candidate cannot be read any more. For a restart every
 * path counts, for another action only those that have changed.
 */
function isLost(
  { model: { health }, policy }: Now,
  child: Running,
  candidate: Candidate,
): boolean {
  const { baseline } = child;
  const { content } = candidate;
  const { kind } = planOn(child, candidate, policy);
  return content.some((print, at) =>
    print.kind !== "fault" && !isReadable(health[at]) &&
    (kind === "restart" || !isSame([print], [baseline[at]]))
  );
}

/** Goes on with the candidate if its turn has come, and else says what it waits for. */
function takeTurn(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { model: { gate, retiring, turnAt = now.at }, policy, at } = now;
  if (gate.kind === "held") {
    const { reason, until } = gate;
    const leftMs = until === undefined ? undefined : until - at;
    const line = operator.changeHeldBack(reason, leftMs);
    return defer(now, child, candidate, line, undefined);
  }
  if (retiring !== undefined) {
    const line = reloads.deferredByRetiring(retiring.pid);
    return defer(now, child, candidate, line, undefined);
  }
  if (turnAt > at && !candidate.requested) {
    return defer(now, child, candidate, reloads.deferred(turnAt - at), turnAt);
  }
  const plan = planOn(child, candidate, policy);
  const signal = firstSignalOf(plan);
  if (signal !== undefined && !canReceiveSignals(child, now)) {
    return awaitHandler(now, child, candidate, signal);
  }
  return (needsSlot(policy, plan) ? queue : vet)(now, child, candidate);
}

/** A child that has no handler for the signal yet would be ended by it. */
function awaitHandler(
  now: Now,
  child: Running,
  candidate: Candidate,
  signal: Signal,
): Transition {
  const line = reloads.changeSignalHeld(signal, child.pid);
  // With a sign of readiness, the sign or the end of its time gives the turn.
  const turnAt = now.policy.ready.sign === undefined
    ? child.startedAt + HELD_SIGNALS_MS
    : undefined;
  return defer(now, child, candidate, line, turnAt);
}

/** The candidate waits, for the timer `defer` or for an event. */
const defer = (
  now: Now,
  child: Running,
  candidate: Candidate,
  line: ReturnType<typeof reloads.deferred>,
  turnAt: number | undefined,
): Transition =>
  enter(now, { ...child, pending: { kind: "deferred", candidate } }, [
    ...log(line),
    { kind: "timer", name: "defer", at: turnAt },
  ]);

/** Asks for a verdict on the candidate, whose turn has come; where nothing vets, it is put into effect. */
export function vet(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  if (now.policy.vetting === undefined) {
    return applyWhenAvailable(now, child, candidate);
  }
  const { isRestless, content } = candidate;
  // What was not read as a whole cannot be saved.
  const isUnsavable = now.policy.snapshots && isRestless &&
    !isFullyRead(content);
  return ask(now, child, candidate, isUnsavable ? "copy" : "verdict");
}

export function onVetted(
  now: Now,
  child: Running,
  { ticket, verdict }: EventOf<"vetted">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "vetting" || pending.ticket !== ticket) {
    return stay(now);
  }
  const { candidate } = pending;
  switch (verdict.kind) {
    case "approved":
      return onApproved(now, child, candidate);
    case "moved":
      return pending.asked === "verdict" && usesCopy(now, pending)
        ? ask(now, child, candidate, "copy")
        : enter(now, withoutPending(child), [LOOK]);
    case "rejected":
      return onRejected(now, child, candidate, verdict);
    case "unsaved": {
      const line = reloads.unsaved(verdict.detail, APPLY_RETRY_MS);
      return retryLater(now, child, candidate, line);
    }
  }
}

/** Circumstances say nothing about the content, so the fleet does not hear of them. */
function onRejected(
  now: Now,
  child: Running,
  candidate: Candidate,
  { ground, detail, tail }: Extract<Verdict, { kind: "rejected" }>,
): Transition {
  const told = ground === "circumstances"
    ? now
    : withFault(now, candidate.content, "rejected before its use");
  return reject(told, child, candidate, ground, (retryMs) => [
    reloads.rejected(detail, retryMs),
    ...reloads.outputOf(reloads.checkOutput, tail),
  ]);
}

function onApproved(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  if (isGone(now, child, candidate)) {
    return enter(now, withoutPending(child), [LOOK]);
  }
  const next = knowing(now, { approved: candidate.content });
  return after(
    log(reloads.approved()),
    unlessHeld(next, child, candidate, applyWhenAvailable),
  );
}

/** Whether what was asked about cannot be used any more; a saved copy can. */
export const isGone = (now: Now, child: Running, candidate: Candidate) =>
  !now.policy.snapshots && isLost(now, child, candidate);

/** A candidate that was held back meanwhile is vetted again when its turn comes. */
export const unlessHeld = (
  now: Now,
  child: Running,
  candidate: Candidate,
  goOn: typeof apply,
): Transition =>
  (now.model.gate.kind === "held" ? takeTurn : goOn)(now, child, candidate);

/** Before a restart, what `--wait-for` names is waited for while the child still runs. */
function applyWhenAvailable(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { policy } = now;
  const { kind } = planOn(child, candidate, policy);
  if (kind !== "restart" || !needsDependencies(policy, "config")) {
    return apply(now, child, candidate);
  }
  const { now: next, wait, effects } = beginWait(now);
  const pending = { kind: "awaiting", candidate, wait } as const;
  return enter(next, { ...child, pending }, effects);
}

/** The child as it was before the decision, with the same doubt about what it has read. What an operator has asked for stays asked for. */
export const withoutPending = (child: Running): Running => ({
  ...child,
  request: child.pending.kind !== "none" && child.pending.candidate.requested
    ? { since: child.startedAt, force: false }
    : child.request,
  change: child.pending.kind === "none" || child.pending.candidate.revertible
    ? child.change
    : { kind: "doubted" },
  pending: { kind: "none" },
});

/** Withdraws what was begun for a candidate that the paths do not hold any more. */
export const WITHDRAW: readonly Effect[] = [
  ...disarm("defer", "fleet", "await"),
  { kind: "cancel" },
];

/** Whether it is withdrawn when the content changes. An action is not: the child may have heard of it. */
export const isWithdrawnByChange = ({ kind }: Pending): boolean =>
  kind === "deferred" || kind === "queued" || kind === "vetting" ||
  kind === "awaiting";
