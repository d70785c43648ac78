/** Enters the steps of the core in the journal. Pure. */
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import { isHeld } from "./gate.ts";
import type { Journal } from "../vocabulary/journal.ts";
import { withChildren } from "./entries/children.ts";
import { withDowntime } from "./reloads/downtime.ts";
import { withErrors } from "./entries/errors.ts";
import { withFleet } from "./entries/fleet_counts.ts";
import { withOneMore } from "./entries/histogram.ts";
import type { Moment } from "./entries/moment.ts";
import { isAnswered, withReloads } from "./reloads/reloads.ts";
import { withSeen } from "./entries/seen.ts";
import { withForwarded } from "./entries/signals.ts";

/**
 * The journal after this step; the same value if there is nothing to enter.
 * `at` is milliseconds since the epoch.
 */
export function record(
  journal: Journal,
  taken: TakenStep,
  at: number,
): Journal {
  const now = { at, clock: taken.event.at };
  const { childlessSince } = journal;
  const hinted = withHint(journal, taken, now);
  const children = withChildren(hinted, taken, now);
  const isStarted = childlessSince !== undefined &&
    children.childlessSince === undefined;
  const counted = isStarted
    ? withDowntime(children, childlessSince, now.clock)
    : children;
  const followed = withReloads(counted, taken, now);
  const looked = withLook(followed, taken);
  const passed = withFleet(withForwarded(looked, taken), taken);
  return withState(withErrors(passed, taken, now), taken, now);
}

function withHint(
  journal: Journal,
  { event }: TakenStep,
  now: Moment,
): Journal {
  if (event.kind !== "hint") return journal;
  const hints = withOneMore(journal.hints, event.cause);
  return { ...journal, hints, hint: journal.hint ?? now };
}

function withLook(journal: Journal, { event }: TakenStep): Journal {
  if (event.kind !== "observed") return journal;
  const seen = withSeen(journal.seen, event.observation.fingerprint);
  const hint = isAnswered(journal, event.startedAt) ? undefined : journal.hint;
  return seen === journal.seen && hint === journal.hint
    ? journal
    : { ...journal, seen, hint };
}

function withState(
  journal: Journal,
  { before, after }: TakenStep,
  { at }: Moment,
): Journal {
  const since = before.state.kind === after.state.kind
    ? journal
    : { ...journal, stateSince: at };
  return isHeld(after) && !isHeld(before)
    ? { ...since, holds: since.holds + 1 }
    : since;
}
