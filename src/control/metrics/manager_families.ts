/** Metrics of the manager itself: what it is, its state, what it watches, how it copes. */
import type { Degradation, DependencyHealth } from "../vocabulary/facts.ts";
import type { Scrape } from "./scrape.ts";
import { isHeld, stateFlags } from "./model_values.ts";
import { byLabel, counter, gauge, info, PREFIX } from "./sample.ts";
import type { Family } from "./text_format.ts";

/** Every facility, so that each has a series from the beginning. */
const FACILITIES: Readonly<Record<Degradation["facility"], true>> = {
  watcher: true,
  reaper: true,
  log: true,
  snapshots: true,
  control: true,
};

const MS = 1000;

export function managerFamilies(
  { journal, model, facts }: Scrape,
): readonly Family[] {
  const degraded = Object.keys(FACILITIES).map((facility) => [
    facility,
    facts.degradations.some((one) => one.facility === facility),
  ]);
  return [
    info(`${PREFIX}build`, "The version of flush-manager.", [
      { version: facts.version },
    ]),
    gauge(
      `${PREFIX}state`,
      "The state of the manager: 1 for the present one.",
      byLabel("state", stateFlags(model)),
    ),
    gauge(
      `${PREFIX}degraded`,
      "Whether a part of the manager works less well than it should.",
      byLabel("facility", Object.fromEntries(degraded)),
    ),
    gauge(
      `${PREFIX}held`,
      "Whether changes are held back.",
      isHeld(model),
    ),
    counter(
      `${PREFIX}holds`,
      "How often changes were held back.",
      journal.holds,
    ),
    ...dependencyFamilies(facts.dependencies),
    counter(
      `${PREFIX}watch_hints`,
      "Reasons to look at the watched paths, by what gave them.",
      byLabel("source", journal.hints),
    ),
    counter(
      `${PREFIX}changes_found_by_poll`,
      "Changes that polling found first, without a file system event.",
      journal.foundByPoll,
    ),
    counter(
      `${PREFIX}watch_rearms`,
      "Times that the watch on a directory had to be opened again.",
      facts.watchRearms,
    ),
    counter(
      `${PREFIX}orphans_reaped`,
      "Orphaned processes that were reaped.",
      facts.orphansReaped,
    ),
    counter(
      `${PREFIX}signals_forwarded`,
      "Signals that were passed on to the child, by name.",
      byLabel("signal", journal.signalsForwarded),
    ),
    counter(
      `${PREFIX}log_lines_dropped`,
      "Log lines that were lost, because nobody read them in time.",
      facts.logLinesDropped,
    ),
    gauge(
      `${PREFIX}event_loop_lag_seconds`,
      "The longest delay of the event loop within the last one to two minutes.",
      facts.eventLoopLagS,
    ),
  ];
}

/** The metrics that every program has, as Prometheus' own clients name them. */
export function processFamilies(
  { journal, facts: { own } }: Scrape,
): readonly Family[] {
  return [
    gauge(
      "process_start_time_seconds",
      "When the manager was started, in seconds since the epoch.",
      journal.startedAt / MS,
    ),
    counter(
      "process_cpu_seconds",
      "CPU time that the manager has used, in seconds.",
      own?.cpuSeconds,
    ),
    gauge(
      "process_resident_memory_bytes",
      "Resident memory of the manager, in bytes.",
      own?.residentBytes,
    ),
    gauge(
      "process_open_fds",
      "Open file descriptors of the manager.",
      own?.openDescriptors,
    ),
    gauge("process_threads", "Threads of the manager.", own?.threads),
  ];
}

function dependencyFamilies(
  dependencies: readonly DependencyHealth[],
): readonly Family[] {
  const known = dependencies.filter(({ status }) => status !== "unknown");
  return [
    gauge(
      `${PREFIX}dependency_up`,
      "Whether the latest check of a dependency was answered well.",
      known.map(({ name, status }) => ({
        labels: { name },
        value: status === "ok" ? 1 : 0,
      })),
    ),
    gauge(
      `${PREFIX}dependency_last_check_timestamp_seconds`,
      "When a dependency was last checked, in seconds since the epoch.",
      known.flatMap(({ name, checkedAt }) =>
        checkedAt === undefined
          ? []
          : [{ labels: { name }, value: checkedAt / MS }]
      ),
    ),
  ];
}
