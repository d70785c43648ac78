/**
 * Gathers what the host knows and the core does not. Reads it when it is asked;
 * decides nothing.
 */
import type { Model } from "../../core/vocabulary/model.ts";
import { awakeNow } from "../../host/base/clock.ts";
import type { Log } from "../../host/log/log.ts";
import type { Reaper } from "../../host/process/reaper.ts";
import { ownUsage } from "../../host/process/usage.ts";
import type { Watcher } from "../../host/watch/watcher.ts";
import type {
  Degradation,
  DependencyHealth,
  Facts,
} from "../vocabulary/facts.ts";
import type { FleetFacts } from "../vocabulary/fleet.ts";
import { createChildUsage } from "./child_usage.ts";
import { measureLag } from "./event_loop_lag.ts";
import { livePids } from "./live_pids.ts";

/** Those who know, each asked anew every time. */
export interface FactSources {
  readonly version: string;
  readonly command: readonly string[];
  readonly logLevel: () => string;
  readonly log: Pick<Log, "lost" | "fault">;
  readonly reaper: Pick<Reaper, "reaped" | "fault">;
  /** Undefined until it is made, which is after the first child was started. */
  readonly watcher: () => Pick<Watcher, "rearms" | "faults"> | undefined;
  /** Why content could not be saved the last time. */
  readonly snapshotFault: () => string | undefined;
  /** What of the control endpoint does not work. */
  readonly controlFaults: () => readonly string[];
  readonly dependencies: () => readonly DependencyHealth[];
  /** Undefined without `--fleet`. */
  readonly fleet: () => FleetFacts | undefined;
}

export interface FactGatherer {
  readonly of: (model: Model) => Facts;
  /** Ends what measures in between. */
  readonly stop: () => void;
}

/** Begins to measure what can only be measured all the time. */
export function createFactGatherer(sources: FactSources): FactGatherer {
  const childUsage = createChildUsage();
  const lag = measureLag();
  const { version, command } = sources;
  return {
    of: (model) => ({
      now: Date.now(),
      clock: awakeNow(),
      version,
      pid: Deno.pid,
      command,
      logLevel: sources.logLevel(),
      degradations: degradationsOf(sources),
      dependencies: sources.dependencies(),
      fleet: sources.fleet(),
      own: ownUsage(),
      child: childUsage(livePids(model)),
      orphansReaped: sources.reaper.reaped(),
      watchRearms: sources.watcher()?.rearms() ?? 0,
      eventLoopLagS: lag.longestS(),
      logLinesDropped: sources.log.lost(),
    }),
    stop: lag.stop,
  };
}

function degradationsOf(
  { watcher, reaper, log, snapshotFault, controlFaults }: FactSources,
): readonly Degradation[] {
  const all: readonly [Degradation["facility"], readonly string[]][] = [
    ["watcher", watcher()?.faults() ?? []],
    ["reaper", listed(reaper.fault())],
    ["log", listed(log.fault())],
    ["snapshots", listed(snapshotFault())],
    ["control", controlFaults()],
  ];
  return all.flatMap(([facility, details]) =>
    details.map((detail) => ({ facility, detail }))
  );
}

const listed = (detail: string | undefined): readonly string[] =>
  detail === undefined ? [] : [detail];
