/**
 * What those who look at a pod are told of a change of the journal, as Events. Of
 * the configuration itself nothing is told, nor what a check has printed. Pure.
 */
import { oneLine, shortLine } from "../../core/notation/one_line.ts";
import * as texts from "../../core/text/kubernetes.ts";
import { phaseOf } from "../../control/journal/reloads/reload_record.ts";
import type {
  Journal,
  ReloadRecord,
} from "../../control/vocabulary/journal.ts";

export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: EventReason;
  /** One line of NOTE_MAX_BYTES at most. */
  readonly note: string;
}

export type EventReason =
  | "ConfigReloaded"
  | "ConfigRejected"
  | "ConfigRolledBack"
  | "ReloadFailed"
  | "ReloadHeld";

/** The API server takes 1,024 (core/validation/events.go of Kubernetes). */
export const NOTE_MAX_BYTES = 1_000;
/** No character takes more than three bytes for each of its UTF-16 units. */
const NOTE_MAX_CHARS = Math.floor(NOTE_MAX_BYTES / 3);

export function reloadEvents(
  then: Journal,
  now: Journal,
): readonly PodEvent[] {
  return [...endsOfReloads(then, now), ...holds(then, now)];
}

function endsOfReloads(then: Journal, now: Journal): PodEvent[] {
  if (then.reloads === now.reloads) return [];
  const known = new Set(then.reloads.map(({ id }) => id));
  return now.reloads
    .filter(({ id }) => !known.has(id))
    .flatMap(endOf);
}

function endOf(
  { outcome, action, paths, detail }: ReloadRecord,
): PodEvent[] {
  switch (outcome) {
    case "applied": {
      const told = action === "none" ? undefined : action;
      return [normal("ConfigReloaded", texts.reloaded(paths, told))];
    }
    case "rejected":
      return [warning("ConfigRejected", texts.rejected(paths, detail))];
    case "rolled_back":
      return [warning("ConfigRolledBack", texts.rolledBack(paths, detail))];
    case "failed":
      return [warning("ReloadFailed", texts.failed(paths, detail))];
    case "reverted":
    case "superseded":
    case "interrupted":
    case undefined:
      return [];
  }
}

/** An operator holds changes back, or a fleet that cannot be asked does. That others come first is as it should be. */
function holds(then: Journal, now: Journal): PodEvent[] {
  const { current, lastError } = now;
  const isKept = lastError !== undefined && lastError !== then.lastError &&
    lastError.type === "fleet" && current !== undefined &&
    phaseOf(current) === "fleet";
  return [
    ...now.holds > then.holds ? [normal("ReloadHeld", texts.heldBack())] : [],
    ...isKept ? [warning("ReloadHeld", lastError.message)] : [],
  ];
}

const normal = (reason: EventReason, note: string): PodEvent => ({
  type: "Normal",
  reason,
  note: bounded(note),
});

const warning = (reason: EventReason, note: string): PodEvent => ({
  type: "Warning",
  reason,
  note: bounded(note),
});

function bounded(note: string): string {
  const line = oneLine(note);
  const { length } = new TextEncoder().encode(line);
  return length <= NOTE_MAX_BYTES ? line : shortLine(line, NOTE_MAX_CHARS);
}
