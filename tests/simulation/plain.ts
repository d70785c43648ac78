/** The policy of a manager that is asked for nothing beyond restarts. */
import type { Policy } from "../../src/core/vocabulary/policy.ts";

export const PLAIN: Pick<
  Policy,
  | "killMode"
  | "reloadSignal"
  | "onChange"
  | "ready"
  | "live"
  | "strategy"
  | "drainDelayMs"
  | "minIntervalMs"
  | "fleet"
  | "vetting"
  | "hasCheck"
  | "beforeStart"
  | "afterExit"
  | "snapshots"
  | "retryRejected"
  | "waitTimeoutMs"
  | "waitFor"
  | "waitForScope"
  | "splayMs"
> = {
  killMode: "group",
  reloadSignal: undefined,
  onChange: { kind: "restart" },
  ready: {
    sign: undefined,
    intervalMs: 1_000,
    timeoutMs: 30_000,
    threshold: 1,
  },
  live: undefined,
  strategy: "stop-start",
  drainDelayMs: 0,
  minIntervalMs: 0,
  fleet: undefined,
  vetting: undefined,
  hasCheck: false,
  beforeStart: undefined,
  afterExit: undefined,
  snapshots: false,
  retryRejected: undefined,
  waitTimeoutMs: undefined,
  waitFor: [],
  waitForScope: "every",
  splayMs: 0,
};
