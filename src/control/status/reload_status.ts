/** A reload as it goes out in JSON. Pure. */
import type { ReloadRecord } from "../vocabulary/journal.ts";
import type { ReloadStatus } from "../vocabulary/status.ts";
import { moment, momentOrNull, secondsOrNull } from "./moments.ts";

export const reloadStatusOf = (reload: ReloadRecord): ReloadStatus => ({
  id: reload.id,
  trigger: reload.trigger,
  action: reload.action ?? null,
  paths: reload.paths,
  started_at: moment(reload.startedAt),
  ended_at: momentOrNull(reload.endedAt),
  duration_seconds: secondsOrNull(reload.durationMs),
  downtime_seconds: secondsOrNull(reload.downtimeMs),
  outcome: reload.outcome ?? null,
  decided_outcome: reload.decided ?? null,
  detail: reload.detail ?? null,
  phase: reload.outcome === undefined
    ? reload.phases.at(-1)?.phase ?? null
    : null,
  phases: reload.phases.map(({ phase, startedAt, durationMs }) => ({
    phase,
    started_at: moment(startedAt),
    duration_seconds: secondsOrNull(durationMs),
  })),
});
