/** What the host knows and the core does not, for status and metrics. Plain data. */

import type { FleetFacts } from "./fleet.ts";

/** The use of resources by a process, or by all of a group. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly openDescriptors: number;
  readonly threads: number;
  readonly processes: number;
}

/** A dependency that `--health-check` names, and its latest answer. */
export interface DependencyHealth {
  readonly name: string;
  readonly status: "unknown" | "ok" | "error";
  readonly detail: string;
  readonly checkedAt: number | undefined;
}

/** A part of the manager that works less well than it should, such as a watch that fell back to polling. */
export interface Degradation {
  readonly facility: "watcher" | "reaper" | "log" | "snapshots" | "control";
  readonly detail: string;
}

export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The clock of the model's `at`. */
  readonly clock: number;
  readonly version: string;
  readonly pid: number;
  readonly command: readonly string[];
  readonly logLevel: string;
  readonly degradations: readonly Degradation[];
  readonly dependencies: readonly DependencyHealth[];
  /** Undefined without `--fleet`. */
  readonly fleet: FleetFacts | undefined;
  /** Undefined where it cannot be read. */
  readonly own: Usage | undefined;
  readonly child: Usage | undefined;
  readonly orphansReaped: number;
  readonly watchRearms: number;
  /** The longest delay of the event loop of late, seconds. */
  readonly eventLoopLagS: number;
  readonly logLinesDropped: number;
}
