/** Of a manager without a host: what its reports are made of, besides its model. */
import type { ReportSources } from "../../src/control/reports.ts";
import { QUICK } from "../simulation/stepping.ts";

export const SOURCES: Omit<ReportSources, "model"> = {
  settings: { ...QUICK, pollIntervalMs: 5_000, verifyIntervalMs: 0 },
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
