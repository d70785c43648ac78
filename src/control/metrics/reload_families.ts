/** Metrics of the configuration and of its reloads. */
import {
  BUCKETS_S,
  type Histogram,
  PHASES,
  type ReloadOutcome,
  type Trigger,
} from "../vocabulary/journal.ts";
import type { Scrape } from "./scrape.ts";
import { servingChild } from "../../core/rules/children.ts";
import { pathsOf } from "../status/paths.ts";
import { isPending, isRejected, isRolledBack } from "./model_values.ts";
import { counter, gauge, info, PREFIX } from "./sample.ts";
import type { Distribution, Family, Labels } from "./text_format.ts";

/** So many watched paths have series of their own. */
export const MAX_PATHS = 100;

/** Every one of them, so that a first reload is an increase of a series that was there. */
const TRIGGERS: Readonly<Record<Trigger, true>> = {
  config: true,
  request: true,
  signal: true,
  retry: true,
};
const OUTCOMES: Readonly<Record<ReloadOutcome, true>> = {
  applied: true,
  rejected: true,
  rolled_back: true,
  failed: true,
  reverted: true,
  superseded: true,
  interrupted: true,
};

const MS = 1000;

export function configFamilies(
  { journal, model }: Scrape,
): readonly Family[] {
  const paths = pathsOf(journal, servingChild(model.state)).slice(0, MAX_PATHS);
  return [
    gauge(
      `${PREFIX}config_last_reload_successful`,
      "Whether the last reload succeeded; 1 before the first one.",
      journal.lastReloadSucceeded ?? true,
    ),
    gauge(
      `${PREFIX}config_last_reload_success_timestamp_seconds`,
      "When the last successful reload ended, in seconds since the epoch.",
      secondsOf(journal.lastSuccessAt),
    ),
    gauge(
      `${PREFIX}config_pending`,
      "Whether the watched paths hold content that the child is to get, and has not got yet.",
      isPending(model),
    ),
    gauge(
      `${PREFIX}config_rejected`,
      "Whether the watched paths hold content that was rejected, so that the child runs on other content.",
      isRejected(model),
    ),
    gauge(
      `${PREFIX}config_rolled_back`,
      "Whether the child was started on the last good content, because what the watched paths hold was rejected.",
      isRolledBack(model),
    ),
    counter(
      `${PREFIX}config_rejections`,
      "Times that content was rejected or rolled back, also at a start.",
      model.rejections,
    ),
    gauge(
      `${PREFIX}config_readable`,
      "Whether a watched path can be read.",
      paths.map(({ path }, at) => ({
        labels: { path },
        value: model.health[at]?.kind === "faulty" ? 0 : 1,
      })),
    ),
    info(
      `${PREFIX}config_hash`,
      "The SHA-256 of the content that the child runs on, for each watched path.",
      paths.flatMap(({ path, running_sha256: sha256 }) =>
        sha256 === null ? [] : [{ path, sha256 }]
      ),
    ),
  ];
}

export function reloadFamilies(
  { journal, facts: { fleet } }: Scrape,
): readonly Family[] {
  const pairs = Object.keys(TRIGGERS).flatMap((trigger) =>
    Object.keys(OUTCOMES).map((outcome) => ({ trigger, outcome }))
  );
  const { phases, current, unready } = journal;
  return [
    counter(
      `${PREFIX}reloads`,
      "Reloads that have ended, by what began them and by how they ended.",
      pairs.map((labels) => ({
        labels,
        value: journal.outcomes[`${labels.trigger}:${labels.outcome}`] ?? 0,
      })),
    ),
    gauge(
      `${PREFIX}reload_in_progress`,
      "Whether a reload is under way.",
      current !== undefined || unready !== undefined,
    ),
    gauge(
      `${PREFIX}reload_start_time_seconds`,
      "When the reload that is under way began, the earlier one of two, in seconds since the epoch.",
      secondsOf((unready ?? current)?.startedAt),
    ),
    histogram(
      `${PREFIX}reload_phase_duration_seconds`,
      "Duration of the phases of reloads.",
      PHASES.filter((phase) => phase !== "fleet" || fleet !== undefined)
        .map((phase) => distribution({ phase }, phases[phase])),
    ),
    histogram(
      `${PREFIX}reload_downtime_seconds`,
      "For how long no child ran during a reload.",
      [distribution({}, phases.downtime)],
    ),
  ];
}

const secondsOf = (ms: number | undefined) =>
  ms === undefined ? undefined : ms / MS;

const histogram = (
  name: string,
  help: string,
  distributions: readonly Distribution[],
): Family => ({
  name,
  help,
  type: "histogram",
  bounds: BUCKETS_S,
  distributions,
});

const distribution = (
  labels: Labels,
  { buckets, sumS }: Histogram,
): Distribution => ({ labels, buckets, sum: sumS });
