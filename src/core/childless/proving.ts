/** The content of the next child is vetted before that child is started. Pure. */
import { quietRule } from "../change/quiet_window.ts";
import { readabilityAtStart } from "../change/readability.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf, Verdict } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { contentToKeep } from "../vocabulary/model.ts";
import type { Preparing, Proving, Start } from "../vocabulary/state.ts";
import type { Message } from "../vocabulary/message.ts";
import { withFault } from "../child/content_fault.ts";
import * as reloads from "../text/reload.ts";
import * as watching from "../text/watching.ts";
import { stepChildless } from "./childless.ts";
import { failStart } from "../transition/halting.ts";
import {
  after,
  enter,
  followHint,
  knowing,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { keepOnly } from "../child/ready_child.ts";
import { rejectContent } from "../child/rejection.ts";
import { launch, prepare, startOf } from "./start.ts";

/** Asks for the content to be vetted. */
export function prove(
  now: Now,
  preparing: Preparing,
  baseline: Fingerprint,
): Transition {
  const ticket = now.model.ticket + 1;
  const since = preparing.vettedFrom ?? now.at;
  const start = startOf(preparing);
  const question = { asked: "verdict", baseline, ticket, since } as const;
  const state = { kind: "proving", ...start, ...question } as const;
  return enter(knowing(now, { ticket }), state, [
    ...roomFor(now, start, baseline),
    ...log(...said(now, start, reloads.vetting())),
    {
      kind: "vet",
      ticket,
      content: baseline,
      previous: now.model.lastBaseline,
    },
    // Hints during the last look have not been followed.
    LOOK,
  ]);
}

/** Makes room before the content is saved. For the first start of all, an earlier manager may have left it. */
function roomFor(
  { model: { good, lastBaseline }, policy }: Now,
  { run }: Start,
  content: Fingerprint,
): Effect[] {
  if (lastBaseline !== undefined) return keepOnly(policy, good, lastBaseline);
  return run > 1 ? keepOnly(policy, content) : [];
}

/** Before the first child there is no new configuration, and without a check nothing is asked about it. */
const said = (
  { policy }: Now,
  { reason }: Pick<Start, "reason">,
  line: Message,
): Message[] => reason === "start" && !policy.hasCheck ? [] : [line];

/** The content changes whenever it is to be saved: a copy of whatever is there will do. */
function capture(now: Now, state: Proving): Transition {
  const ticket = now.model.ticket + 1;
  const { baseline: content } = state;
  return enter(knowing(now, { ticket }), { ...state, ticket, asked: "copy" }, [
    ...log(watching.startAwaitsRestNoLonger()),
    { kind: "capture", ticket, content },
  ]);
}

/** The copy is vetted like any content. */
function onCaptured(
  now: Now,
  state: Proving,
  { content }: EventOf<"captured">,
): Transition {
  const ticket = now.model.ticket + 1;
  const next = { ...state, ticket, baseline: content } as const;
  return enter(knowing(now, { ticket }), { ...next, asked: "verdict" }, [
    ...log(...said(now, state, reloads.vetting())),
    { kind: "vet", ticket, content, previous: now.model.lastBaseline },
  ]);
}

export function stepProving(
  now: Now,
  state: Proving,
  event: Event,
): Transition {
  // The paths may change while they are checked; a saved copy does not.
  const { snapshots } = now.policy;
  switch (event.kind) {
    case "hint":
      return snapshots ? stay(now) : followHint(now, event);
    case "observed":
      return snapshots ? stay(now) : onObserved(now, state, event);
    case "vetted":
      return event.ticket === state.ticket
        ? onVetted(now, state, event)
        : stay(now);
    case "captured":
      return event.ticket === state.ticket
        ? onCaptured(now, state, event)
        : stay(now);
    default:
      return stepChildless(now, state, event);
  }
}

function onVetted(
  now: Now,
  state: Proving,
  { verdict }: EventOf<"vetted">,
): Transition {
  switch (verdict.kind) {
    case "moved":
      return onMoved(now, state);
    case "approved": {
      const { baseline, reason } = state;
      const { health, faults } = readabilityAtStart(now, baseline, reason);
      return after(
        log(...said(now, state, reloads.approved()), ...faults),
        launch(knowing(now, { health, approved: baseline }), state, {
          baseline,
          rejected: undefined,
        }),
      );
    }
    case "rejected":
      return onRejected(now, state, verdict);
    case "unsaved":
      return onUnsaved(now, state, verdict.detail);
  }
}

/** Looks again, but not for longer than a change is waited for. */
function onMoved(now: Now, state: Proving): Transition {
  const isOver = now.at >= endOf(now, state);
  // A copy that cannot be made, because a path has gone or was replaced: a look shows that.
  return isOver && state.asked === "verdict"
    ? capture(now, state)
    : prepare(now, state, state.since);
}

/** No child is running, so content that changes is not waited for without an end. */
const endOf = ({ policy, model }: Now, { since }: Proving): number =>
  since + quietRule(policy, model.feedback.reloads).maxMs;

/**
 * When the paths hold other content than what is being vetted, looks again; but
 * not for longer than a change is waited for, because no child is running.
 */
function onObserved(
  now: Now,
  state: Proving,
  { observation }: EventOf<"observed">,
): Transition {
  const { baseline, since } = state;
  const isThere = firstDifference(baseline, observation.fingerprint) ===
    undefined;
  if (isThere || now.at >= endOf(now, state)) return stay(now);
  return after(
    [{ kind: "cancel" }],
    prepare(knowing(now, { stable: baseline }), state, since),
  );
}

/** Nothing is wrong with the content: a child on the last content finds it again with its first look. */
function onUnsaved(now: Now, state: Proving, detail: string): Transition {
  const kept = contentToKeep(now.model);
  const line = reloads.unsavedAtStart(detail);
  return kept === undefined
    ? failStart(now, state, undefined, EXIT_CHECK_FAILED, line)
    : after(
      log(line),
      launch(now, withoutNews(state), {
        baseline: kept,
        rejected: undefined,
      }),
    );
}

/**
 * Starts the child on the last content, where it is saved. Without that the
 * manager ends before its first child, unless `--check-at-start warn` is given; a
 * later child is started on the rejected content, because none would be worse. An
 * environment file that cannot be used leaves the first child without variables,
 * whatever is asked for; for a later one the host has those of the last start.
 */
function onRejected(
  now: Now,
  state: Proving,
  { ground, detail, tail }: Extract<Verdict, { kind: "rejected" }>,
): Transition {
  const { model, policy } = now;
  const { baseline } = state;
  const kept = contentToKeep(model);
  const output = reloads.outputOf(reloads.checkOutput, tail);
  const told = ground === "circumstances"
    ? now
    : withFault(now, baseline, "rejected before its use");
  const { now: counted, rejection, retryMs } = rejectContent(
    told,
    baseline,
    ground,
  );
  if (policy.snapshots && kept !== undefined) {
    const content = { baseline: kept, rejected: rejection };
    return after(
      log(reloads.rejectedSoStartingOnLast(detail, retryMs), ...output),
      launch(counted, withoutNews(state), content),
    );
  }
  const isFirst = state.reason === "start";
  const content = { baseline, rejected: undefined };
  // The host says which variables the child gets instead.
  if (ground === "environment" && !isFirst) {
    return launch(counted, state, content);
  }
  const isWarned = policy.vetting?.atStart === "warn" &&
    ground !== "environment";
  if (!isFirst || isWarned) {
    return after(
      log(reloads.rejectedButStarting(detail), ...output),
      launch(counted, state, content),
    );
  }
  return failStart(
    now,
    state,
    undefined,
    EXIT_CHECK_FAILED,
    reloads.rejectedAtStart(detail),
    ...reloads.outputOf(reloads.checkOutputAtStart, tail),
  );
}

/** A child that gets what the last one had is no reload, and is not on trial. */
export const withoutNews = <Some extends Start>(start: Some): Some => ({
  ...start,
  reason: start.reason === "config" ? start.unlessNews : start.reason,
});
