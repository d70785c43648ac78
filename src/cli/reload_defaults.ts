/** The settings of safe reloads where no option of theirs is given. Pure. */
import type { Settings } from "../core/vocabulary/settings.ts";

/** The part of the settings that reload_options.ts reads. */
export type ReloadSettings = Pick<
  Settings,
  | "configs"
  | "check"
  | "snapshotDir"
  | "onChange"
  | "ready"
  | "strategy"
  | "drainDelayMs"
  | "listen"
  | "env"
  | "environmentSources"
  | "waitFor"
  | "waitTimeoutMs"
  | "splayMs"
  | "minIntervalMs"
>;

/** Nothing is asked for: a change is a restart. */
export const RELOAD_DEFAULTS: Omit<ReloadSettings, "configs"> = {
  check: { command: undefined, timeoutMs: 30_000, atStart: "fail" },
  snapshotDir: undefined,
  onChange: { kind: "restart" },
  ready: {
    sign: undefined,
    intervalMs: 1_000,
    timeoutMs: 30_000,
    threshold: 1,
  },
  strategy: "stop-start",
  drainDelayMs: 0,
  listen: [],
  env: new Map(),
  environmentSources: [],
  waitFor: [],
  waitTimeoutMs: 60_000,
  splayMs: 0,
  minIntervalMs: 0,
};
