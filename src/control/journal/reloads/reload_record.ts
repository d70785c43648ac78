/** One reload in the journal: how it begins, goes from phase to phase, and ends. Pure. */
import {
  type Journal,
  type Phase,
  type PhaseRecord,
  PHASES_MAX,
  type ReloadOutcome,
  type ReloadRecord,
  REPORTED_RELOADS,
  type Trigger,
} from "../../vocabulary/journal.ts";
import { withDuration, withOneMore } from "../entries/histogram.ts";
import type { Moment } from "../entries/moment.ts";

/** What a journal knows after something, and the reload that it was about. */
export interface Followed {
  readonly journal: Journal;
  readonly reload: ReloadRecord;
}

/** A reload begins; with a hint that a look has answered only now, it began with that. */
export function begin(
  journal: Journal,
  trigger: Trigger,
  now: Moment,
  hint: Moment | undefined,
): Followed {
  const id = journal.lastReloadId + 1;
  const { at, clock } = hint ?? now;
  const reload: ReloadRecord = {
    id,
    trigger,
    action: undefined,
    paths: [],
    startedAt: at,
    startedClock: clock,
    endedAt: undefined,
    durationMs: undefined,
    outcome: undefined,
    decided: undefined,
    detail: undefined,
    phases: [],
    downtimeMs: undefined,
  };
  const begun = { ...journal, lastReloadId: id };
  return hint === undefined
    ? { journal: begun, reload }
    : enterPhase({ journal: begun, reload }, "detect", hint);
}

/** The phase that the reload is in. */
export const phaseOf = ({ phases }: ReloadRecord): Phase | undefined =>
  phases.findLast(({ durationMs }) => durationMs === undefined)?.phase;

/** The reload goes on with this phase. */
export function enterPhase(
  followed: Followed,
  phase: Phase,
  { at, clock }: Moment,
): Followed {
  if (phaseOf(followed.reload) === phase) return followed;
  const { journal, reload } = leavePhase(followed, clock);
  const begun: PhaseRecord = {
    phase,
    startedAt: at,
    startedClock: clock,
    durationMs: undefined,
  };
  const phases = bounded([...reload.phases, begun]);
  return { journal, reload: { ...reload, phases } };
}

/** The first two, of the change itself, and the latest are kept. */
const bounded = (phases: readonly PhaseRecord[]): readonly PhaseRecord[] =>
  phases.length <= PHASES_MAX ? phases : phases.toSpliced(2, 1);

function leavePhase(followed: Followed, clock: number): Followed {
  const { journal, reload } = followed;
  const last = reload.phases.at(-1);
  if (last === undefined || last.durationMs !== undefined) return followed;
  const durationMs = clock - last.startedClock;
  return {
    journal: withPhase(journal, last.phase, durationMs),
    reload: {
      ...reload,
      phases: reload.phases.with(-1, { ...last, durationMs }),
    },
  };
}

function withPhase(
  journal: Journal,
  phase: Phase | "downtime",
  durationMs: number,
): Journal {
  const histogram = withDuration(journal.phases[phase], durationMs);
  return { ...journal, phases: { ...journal.phases, [phase]: histogram } };
}

/** How a reload ends, unless that was decided before. */
export interface Ending {
  readonly outcome: ReloadOutcome;
  readonly detail: string | undefined;
}

/** It is known how the reload will end; what was decided first stands. */
export const decide = (
  reload: ReloadRecord,
  { outcome, detail }: Ending,
): ReloadRecord =>
  reload.decided === undefined
    ? { ...reload, decided: outcome, detail }
    : reload;

/** The reload is over. */
export function end(
  followed: Followed,
  { outcome: found, detail }: Ending,
  { at, clock }: Moment,
): Journal {
  const { journal, reload } = leavePhase(followed, clock);
  const outcome = reload.decided ?? found;
  const ended: ReloadRecord = {
    ...reload,
    outcome,
    decided: undefined,
    detail: reload.detail ?? detail,
    endedAt: at,
    durationMs: clock - reload.startedClock,
  };
  const { downtimeMs } = ended;
  const counted = downtimeMs === undefined
    ? journal
    : withPhase(journal, "downtime", downtimeMs);
  return {
    ...counted,
    ...success(counted, outcome, at),
    outcomes: withOneMore(counted.outcomes, `${ended.trigger}:${outcome}`),
    reloads: [...counted.reloads, ended]
      .sort((one, other) => one.id - other.id)
      .slice(-REPORTED_RELOADS),
  };
}

/** Whether the latest content that was decided on is in effect. */
function success(
  { lastSuccessAt, lastReloadSucceeded }: Journal,
  outcome: ReloadOutcome,
  at: number,
): Pick<Journal, "lastSuccessAt" | "lastReloadSucceeded"> {
  switch (outcome) {
    case "applied":
      return { lastSuccessAt: at, lastReloadSucceeded: true };
    case "rejected":
    case "rolled_back":
    case "failed":
      return { lastSuccessAt, lastReloadSucceeded: false };
    case "reverted":
    case "superseded":
    case "interrupted":
      return { lastSuccessAt, lastReloadSucceeded };
  }
}
