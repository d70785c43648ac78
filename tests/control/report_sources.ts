/** Of a manager without a host: what its reports are made of, besides its model. */
import type { HealthCheckOptions } from "../../src/control/facts/health_checks.ts";
import type { ReportSources } from "../../src/control/reports.ts";
import { QUICK } from "../simulation/stepping.ts";

export const SOURCES: Omit<ReportSources, "model"> = {
  settings: () => ({ ...QUICK, pollIntervalMs: 5_000, verifyIntervalMs: 0 }),
  watched: QUICK.configs.map(({ path }) => path),
  facts: {
    version: "1.2.3",
    command: ["program"],
    logLevel: () => "info",
    log: { lost: () => 0, fault: () => undefined },
    reaper: { reaped: () => 0, fault: () => undefined },
    watcher: () => undefined,
    snapshotFault: () => undefined,
    controlFaults: () => [],
    dependencies: () => [],
  },
};

/** No dependency is named. */
export const NO_CHECKS: HealthCheckOptions = {
  checks: [],
  intervalMs: 1_000,
  timeoutMs: 1_000,
  env: {},
  workdir: undefined,
  follow: () => Promise.reject(new Error("nothing is run")),
};
