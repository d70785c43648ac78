/** What a step of the core is told as to those who read the events. Pure. */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import type { EventKind } from "./event_log.ts";

export interface Transition {
  readonly kind: EventKind;
  readonly data: Readonly<Record<string, unknown>>;
}

type Reloads = Pick<Journal, "reloads" | "current">;

/** In the order in which they came about. */
export function transitionsOf(
  { event, before, after }: TakenStep,
  then: Reloads,
  now: Reloads,
): readonly Transition[] {
  const transitions = [
    ...endedSince(then, now).map(ended),
    ...currentOf(then, now),
  ];
  if (before.gate !== after.gate) {
    transitions.push({ kind: "hold", data: { gate: after.gate } });
  }
  const from = before.state.kind;
  const to = after.state.kind;
  if (from !== to) {
    transitions.push({ kind: "state", data: { from, to, event: event.kind } });
  }
  return transitions;
}

/** The records of reloads that have ended between the two. */
export function endedSince(
  then: Reloads,
  now: Reloads,
): readonly ReloadRecord[] {
  if (then.reloads === now.reloads) return [];
  const known = new Set(then.reloads.map(({ id }) => id));
  return now.reloads.filter(({ id }) => !known.has(id));
}

const ended = (record: ReloadRecord): Transition => ({
  kind: "reload",
  data: {
    reload_id: record.id,
    what: "ended",
    outcome: record.outcome,
    detail: record.detail,
  },
});

function currentOf(then: Reloads, now: Reloads): Transition[] {
  const { current } = now;
  if (current === undefined || current === then.current) return [];
  const isNew = current.id !== then.current?.id;
  const reload_id = current.id;
  const begun: Transition[] = isNew
    ? [{
      kind: "reload",
      data: { reload_id, what: "begun", trigger: current.trigger },
    }]
    : [];
  const known = isNew ? 0 : then.current?.phases.length ?? 0;
  const phases = current.phases.slice(known)
    .map(({ phase }): Transition => ({
      kind: "reload",
      data: { reload_id, what: "phase", phase },
    }));
  return [...begun, ...phases];
}
