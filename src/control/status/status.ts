/** The answer to GET /status. Pure. */
import type { Model } from "../../core/vocabulary/model.ts";
import type { Settings } from "../../core/vocabulary/settings.ts";
import { holdOf } from "../journal/gate.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { ErrorRecord, Journal } from "../vocabulary/journal.ts";
import type { ErrorStatus, HoldStatus, Status } from "../vocabulary/status.ts";
import { childStatusOf } from "./child_status.ts";
import { servingChild } from "../../core/rules/children.ts";
import { fleetStatusOf } from "./fleet_status.ts";
import { moment, momentOfClock, momentOrNull, seconds } from "./moments.ts";
import { pathsOf } from "./paths.ts";
import { pendingOf } from "./pending.ts";
import { reloadStatusOf } from "./reload_status.ts";

export function statusOf(
  model: Model,
  settings: Pick<Settings, "minIntervalMs">,
  journal: Journal,
  facts: Facts,
): Status {
  const { current, unready, lastError } = journal;
  return {
    version: facts.version,
    pid: facts.pid,
    timestamp: moment(facts.now),
    started_at: moment(journal.startedAt),
    uptime_seconds: seconds(Math.max(0, facts.now - journal.startedAt)),
    command: facts.command,
    log_level: facts.logLevel,
    state: model.state.kind,
    state_since: moment(journal.stateSince),
    child: childStatusOf(model, journal, facts),
    paths: pathsOf(journal, servingChild(model.state)),
    pending: pendingOf(model, settings, facts),
    hold: holdStatusOf(model, facts),
    fleet: facts.fleet === undefined
      ? null
      : fleetStatusOf(model, journal, facts, facts.fleet),
    reload: current === undefined ? null : reloadStatusOf(current),
    unready_reload: unready === undefined ? null : reloadStatusOf(unready),
    reloads: journal.reloads.map(reloadStatusOf),
    last_reload_successful: journal.lastReloadSucceeded ?? null,
    last_successful_reload_at: momentOrNull(journal.lastSuccessAt),
    last_error: lastError === undefined ? null : errorStatusOf(lastError),
    degraded: facts.degradations.map(({ facility, detail }) => ({
      facility,
      detail,
    })),
  };
}

export function holdStatusOf(model: Model, facts: Facts): HoldStatus | null {
  const hold = holdOf(model);
  return hold === undefined ? null : {
    reason: hold.reason ?? null,
    since: momentOfClock(facts, hold.since),
    until: momentOfClock(facts, hold.until),
  };
}

/** Without what a check has printed, which only the debug answer has. */
export const errorStatusOf = (
  { type, message, at }: ErrorRecord,
): ErrorStatus => ({ type, message, timestamp: moment(at) });
