/**
 * Follows reloads through the steps of the core: finds where one begins, which
 * phase it is in, and how it ends. Two may be under way: one whose child has yet to
 * become ready, and a later one whose content is considered meanwhile. Pure.
 */
import {
  type Fingerprint,
  isUnchanged,
} from "../../../core/vocabulary/fingerprint.ts";
import type { Verdict } from "../../../core/vocabulary/event.ts";
import type { Running } from "../../../core/vocabulary/state.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import type { Journal, Trigger } from "../../vocabulary/journal.ts";
import { changedPaths } from "./changed_paths.ts";
import { detailOf } from "./details.ts";
import { APPLIED, endingOf, SUPERSEDED } from "./endings.ts";
import { Ledger } from "./ledger.ts";
import type { Moment } from "../entries/moment.ts";
import { followOverlap } from "./overlap.ts";
import { phaseOf } from "./reload_record.ts";
import { requestOf, type Stage, stageOf } from "./stage.ts";
import { actionName, type Told, toldIn } from "./told.ts";
import { followUnready } from "./unready.ts";

export function withReloads(
  journal: Journal,
  taken: TakenStep,
  now: Moment,
): Journal {
  const { before, after } = taken;
  const ledger = new Ledger(journal, now, before.state.kind === "running");
  followUnready(ledger, taken);
  followOverlap(ledger, taken);
  const told = toldIn(taken);
  if (told !== undefined) onTold(ledger, taken, told);
  else if (isRejected(taken)) finish(ledger, taken);
  const stage = stageOf(after.state);
  if (ledger.current !== undefined) followCurrent(ledger, taken, stage);
  else if (stage !== undefined && !isRollback(stage)) {
    begin(ledger, taken);
    advance(ledger, taken, stage);
  }
  return succeeding(ledger.close(), journal, taken);
}

/** The paths hold what the child works with, so the reload that did not succeed matters no more. */
function succeeding(
  journal: Journal,
  earlier: Journal,
  { event, before: { state: was }, after: { state } }: TakenStep,
): Journal {
  if (journal.lastReloadSucceeded !== false) return journal;
  if (state.kind !== "running") return journal;
  const isAtRest = state.pending.kind === "none" &&
    state.change.kind === "settled" && state.readiness.kind === "ready";
  const isBack = event.kind === "observed" &&
    (earlier.current !== journal.current ||
      (was.kind === "running" && was.pending.kind !== "none"));
  return isAtRest && (isBack || isLaterThanReloads(state, journal))
    ? { ...journal, lastReloadSucceeded: true }
    : journal;
}

/** Whether the child was started for something else, after the last reload was over: after a crash, or because an operator asked for it. */
const isLaterThanReloads = (
  { startedAt }: Running,
  { reloads, current }: Journal,
): boolean =>
  current === undefined &&
  reloads.every(({ startedClock, durationMs = 0 }) =>
    startedClock + durationMs < startedAt
  );

/** A child that goes back to the last good content is part of the reload that has failed. */
const isRollback = (stage: Stage): boolean =>
  stage.kind === "replacing" && stage.reason === "rollback";

/** Whether the child that runs is not given the candidate. Other content may be on its way already. */
function isRejected({ before, after }: TakenStep): boolean {
  const { state: was } = before;
  const { state: is } = after;
  return was.kind === "running" && is.kind === "running" &&
    was.pending.kind !== "rejected" && is.pending.kind === "rejected";
}

function followCurrent(
  ledger: Ledger,
  taken: TakenStep,
  stage: Stage | undefined,
): void {
  if (stage === undefined) return finish(ledger, taken);
  if (isSuperseded(ledger, taken, stage)) {
    ledger.end("current", SUPERSEDED);
    begin(ledger, taken);
  }
  advance(ledger, taken, stage);
}

/** Whether the stage is that of another reload than the current one. */
function isSuperseded(
  { current }: Ledger,
  taken: TakenStep,
  stage: Stage,
): boolean {
  const isRequest = stage.kind === "replacing"
    ? stage.reason === "request"
    : isRequested(taken);
  if (isRequest) {
    return current?.trigger !== "request" && current?.trigger !== "signal";
  }
  if (stage.kind === "replacing") return false;
  const before = stageOf(taken.before.state);
  return before?.kind === "considered" && isDecidedOn(before) &&
    (stage.phase === "debounce" || isOther(before, stage.content));
}

/** Whether this step has taken in that somebody asks for a reload. */
const isRequested = ({ before, after }: TakenStep): boolean =>
  requestOf(before.state) === undefined && requestOf(after.state) !== undefined;

/** While the quiet window runs, or before the look for a request, the content of a reload may still change. */
const isDecidedOn = ({ phase }: Stage): boolean =>
  phase !== "debounce" && phase !== "detect";

const isOther = (
  before: Extract<Stage, { kind: "considered" }>,
  content: Fingerprint | undefined,
): boolean =>
  before.content !== undefined && content !== undefined &&
  !isUnchanged(before.content, content);

/** Content was put into effect without a restart. */
function onTold(
  ledger: Ledger,
  taken: TakenStep,
  { content, action, child }: Told,
): void {
  const before = stageOf(taken.before.state);
  const isNews = before?.kind === "considered" && isDecidedOn(before) &&
    isOther(before, content);
  if (isNews) ledger.end("current", SUPERSEDED);
  if (ledger.current === undefined) begin(ledger, taken);
  ledger.know({ action });
  knowPaths(ledger, taken, content);
  if (action !== "none") ledger.end("unready", SUPERSEDED);
  const mustShow = action !== "none" && child.readiness.kind === "awaited";
  if (mustShow) ledger.awaitReady();
  else ledger.end("current", APPLIED);
}

/** Nothing is left of it in the model: it has been put into effect, or is over for another reason. */
function finish(ledger: Ledger, taken: TakenStep): void {
  const { event, after: { state } } = taken;
  if (event.kind === "spawned" && state.kind === "running") {
    return state.readiness.kind === "awaited"
      ? ledger.awaitReady()
      : ledger.end("current", APPLIED);
  }
  const ending = endingOf(taken);
  const { current } = ledger;
  const isOpen = ending === undefined ||
    (event.kind === "observed" && isEarly(ledger, event.startedAt));
  if (!isOpen) return ledger.end("current", ending);
  if (current !== undefined && phaseOf(current) !== "debounce") {
    ledger.enter("current", "debounce");
  }
}

/** Whether a look began before it was asked what the paths hold. */
const isEarly = ({ current }: Ledger, startedAt: number): boolean =>
  (current?.phases.at(-1)?.startedClock ?? startedAt) > startedAt;

/** The latest reload begins. */
function begin(ledger: Ledger, taken: TakenStep): void {
  const { event } = taken;
  const { journal } = ledger;
  const trigger = triggerOf(taken);
  if (event.kind !== "observed" || trigger !== "config") {
    return ledger.begin(trigger, undefined);
  }
  if (event.observation.cause === "poll") {
    const foundByPoll = journal.foundByPoll + 1;
    ledger.journal = { ...journal, foundByPoll };
  }
  ledger.begin(
    trigger,
    isAnswered(journal, event.startedAt) ? journal.hint : undefined,
  );
}

/** Whether the look that began then tells what the hint was about. */
export const isAnswered = ({ hint }: Journal, startedAt: number): boolean =>
  hint !== undefined && startedAt >= hint.clock;

function triggerOf({ event, before: { state } }: TakenStep): Trigger {
  if (event.kind === "reload") {
    return event.signal === undefined ? "request" : "signal";
  }
  const isAgain = event.kind !== "observed" && state.kind === "running" &&
    state.pending.kind === "rejected";
  return isAgain ? "retry" : "config";
}

/** The current reload goes on with this stage. */
function advance(ledger: Ledger, taken: TakenStep, stage: Stage): void {
  ledger.enter("current", stage.phase);
  if (stage.kind === "considered") {
    const { state } = taken.after;
    if (state.kind === "running" && state.pending.kind === "acting") {
      ledger.know({ action: actionName(state.pending.actions) });
    }
    return knowPaths(ledger, taken, stage.content);
  }
  onReplacing(ledger, taken, stage);
}

function onReplacing(
  ledger: Ledger,
  taken: TakenStep,
  { reason }: Extract<Stage, { kind: "replacing" }>,
): void {
  const { event, before } = taken;
  if (ledger.current?.action !== "restart") ledger.know({ action: "restart" });
  // What lies there after the next child of an overlap was started is not what it was started for.
  if (event.kind === "observed" && before.state.kind !== "overlapping") {
    knowPaths(ledger, taken, event.observation.fingerprint);
  }
  const detail = detailOf(taken);
  if (reason === "rollback") {
    ledger.decide("current", { outcome: "rolled_back", detail });
  } else if (event.kind === "vetted") onVetted(ledger, event.verdict, detail);
}

/** No child runs, so one is started also on content that was refused or could not be saved. */
function onVetted(
  ledger: Ledger,
  { kind }: Verdict,
  detail: string | undefined,
): void {
  switch (kind) {
    case "approved":
      return ledger.know({ decided: undefined, detail: undefined });
    case "rejected":
      return ledger.decide("current", { outcome: "rejected", detail });
    case "unsaved":
      return ledger.decide("current", { outcome: "failed", detail });
    case "moved":
      return;
  }
}

function knowPaths(
  ledger: Ledger,
  { before: { lastBaseline } }: TakenStep,
  content: Fingerprint | undefined,
): void {
  const { current, journal: { watched } } = ledger;
  if (current === undefined || lastBaseline === undefined) return;
  if (content === undefined) return;
  const paths = changedPaths(watched, lastBaseline, content, current.paths);
  if (paths !== current.paths) ledger.know({ paths });
}
