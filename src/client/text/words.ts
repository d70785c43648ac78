/** What the parts of a status are called, in every form of the text. Pure. */
import type {
  ExitStatusJson,
  ReloadStatus,
  Status,
} from "../../control/vocabulary/status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { length } from "./moments.ts";
import type { Tone } from "./style.ts";

/** `exit code 1` or `SIGKILL`. */
export const exitText = ({ code, signal }: ExitStatusJson): string =>
  signal === null ? `exit code ${code ?? "?"}` : oneLine(signal);

/** `start 1, config 2`; reasons that never were are left out. */
export function startsText(starts: Readonly<Record<string, number>>): string {
  const some = Object.entries(starts).filter(([, count]) => count > 0)
    .map(([reason, count]) => `${oneLine(reason)} ${count}`);
  return some.length === 0 ? "none" : some.join(", ");
}

/** `debounce 500ms, check 20ms`. */
export const phasesText = ({ phases }: ReloadStatus): string =>
  phases.map(({ phase, duration_seconds }) =>
    duration_seconds === null
      ? `${oneLine(phase)} ...`
      : `${oneLine(phase)} ${length(duration_seconds)}`
  ).join(", ");

/** What came of it, or how far it is. */
export const outcomeText = ({ outcome, phase }: ReloadStatus): string =>
  oneLine(outcome?.replace("_", " ") ?? `under way (${phase ?? "begun"})`);

const OUTCOME_TONES: Readonly<Record<string, Tone>> = {
  applied: "good",
  reverted: "good",
  superseded: "dim",
  interrupted: "warning",
  rejected: "bad",
  rolled_back: "bad",
  failed: "bad",
};

export const outcomeTone = ({ outcome }: ReloadStatus): Tone =>
  outcome === null ? "warning" : OUTCOME_TONES[outcome] ?? "plain";

const PATH_TONES: Readonly<Record<string, Tone>> = {
  current: "good",
  pending: "warning",
  ignored: "dim",
  rejected: "bad",
  unreadable: "bad",
  unknown: "dim",
};

export const pathTone = (status: string): Tone => PATH_TONES[status] ?? "plain";

/** The last reload that has ended first, and before it those under way. */
export const newestFirst = (
  { reload, unready_reload: unready, reloads }: Status,
): readonly ReloadStatus[] => [
  ...(reload === null ? [] : [reload]),
  ...(unready === null ? [] : [unready]),
  ...[...reloads].reverse(),
];

/** `running, ready`. */
export const childState = ({ child }: Status): string =>
  child.running
    ? `running, ${child.ready ? "ready" : "not ready"}`
    : child.pid === null
    ? "not running"
    : "ending";
