/** What a step of the core is told as to those who read the events. Pure. */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import type { EventKind } from "./event_log.ts";

export interface Transition {
  readonly kind: EventKind;
  readonly data: Readonly<Record<string, unknown>>;
}

type Reloads = Pick<Journal, "reloads" | "current">;

/** How things look in the answers. */
export interface Shown {
  readonly reload: (record: ReloadRecord) => unknown;
  readonly hold: () => unknown;
}

/** In the order in which they came about: what has ended, what has begun, and the state that this led to. */
export function transitionsOf(
  { event, before, after }: TakenStep,
  then: Reloads,
  now: Reloads,
  shown: Shown,
): readonly Transition[] {
  const transitions = reloadsOf(then, now).map(({ what, record }) =>
    ({ kind: "reload", data: { what, reload: shown.reload(record) } }) as const
  );
  const all: Transition[] = [...transitions];
  if (before.gate !== after.gate) {
    all.push({ kind: "hold", data: { hold: shown.hold() } });
  }
  const from = before.state.kind;
  const to = after.state.kind;
  if (from !== to) {
    all.push({ kind: "state", data: { from, to, event: event.kind } });
  }
  return all;
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

interface Told {
  readonly what: "begun" | "phase" | "ended";
  readonly record: ReloadRecord;
}

function reloadsOf(then: Reloads, now: Reloads): readonly Told[] {
  const ended = endedSince(then, now)
    .map((record): Told => ({ what: "ended", record }));
  const { current } = now;
  if (current === undefined || current === then.current) return ended;
  if (current.id !== then.current?.id) {
    return [...ended, { what: "begun", record: current }];
  }
  return current.phases.length === then.current.phases.length
    ? ended
    : [...ended, { what: "phase", record: current }];
}
