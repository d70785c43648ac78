/** Of a manager without a host: what its reports are made of, besides its model. */
import { filledProbe } from "../../src/manager/reloads/filled_probe.ts";
import type { HealthCheckOptions } from "../../src/control/facts/health_checks.ts";
import { Recorder } from "../../src/control/journal/recorder.ts";
import type { ReportSources } from "../../src/control/reports.ts";
import { ok } from "../../src/core/vocabulary/finding.ts";
import type { Settings } from "../../src/core/vocabulary/settings.ts";
import { settingsOf } from "../manager/settings.ts";
import { QUICK } from "../simulation/stepping.ts";

/** Nothing has happened yet. */
export const newRecorder = () =>
  new Recorder(QUICK.configs.map(({ path }) => path));

export const SOURCES:
  & Omit<ReportSources, "model" | "recorder">
  & { readonly settings: () => Settings } = {
    settings: () => ({
      ...settingsOf("--poll-interval=5s", "--verify-interval=0"),
      debounceMs: QUICK.debounceMs,
      debounceMaxMs: QUICK.debounceMaxMs,
      minIntervalMs: QUICK.minIntervalMs,
    }),
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
      fleet: () => undefined,
    },
  };

/** The settings are in order. */
export const checkedOk = () => Promise.resolve([ok("run: program []")]);

/** No dependency is named. */
export const NO_CHECKS: HealthCheckOptions = {
  checks: [],
  intervalMs: 1_000,
  timeoutMs: 1_000,
  env: {},
  workdir: undefined,
  fill: (probe) => filledProbe(probe, {}),
  follow: () => Promise.reject(new Error("nothing is run")),
};
