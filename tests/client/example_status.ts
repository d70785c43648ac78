/** A status with something in every place, as a manager of today answers it. */
import type { FleetAnswer } from "../../src/control/vocabulary/fleet.ts";
import type {
  ReloadStatus,
  Status,
} from "../../src/control/vocabulary/status.ts";

export const RUNNING_SHA = "3f2a91bc04d2".padEnd(64, "0");
export const REJECTED_SHA = "9c1d".padEnd(64, "1");

export const reload = (
  id: number,
  changes: Partial<ReloadStatus>,
): ReloadStatus => ({
  id,
  trigger: "config",
  action: "restart",
  paths: ["/etc/app.conf"],
  started_at: "2026-01-02T10:00:00.000Z",
  ended_at: "2026-01-02T10:00:01.200Z",
  duration_seconds: 1.2,
  downtime_seconds: 0.025,
  outcome: "applied",
  decided_outcome: null,
  detail: null,
  phase: null,
  phases: [
    {
      phase: "debounce",
      started_at: "2026-01-02T10:00:00.000Z",
      duration_seconds: 0.5,
    },
    {
      phase: "stop",
      started_at: "2026-01-02T10:00:00.500Z",
      duration_seconds: 0.02,
    },
  ],
  ...changes,
});

/** A manager that tries content in one slot, while another one is free. */
export const FLEET: FleetAnswer = {
  timestamp: "2026-01-02T10:03:00.000Z",
  group: "web",
  name: "web-1",
  content: RUNNING_SHA,
  waiting: null,
  slot: {
    content: REJECTED_SHA,
    trial: true,
    trial_until: "2026-01-02T10:03:20.000Z",
  },
  rejected: null,
  unreachable: null,
  read_at: "2026-01-02T10:02:57.000Z",
  slots: [
    {
      index: 0,
      holder: "web-1",
      content: REJECTED_SHA,
      trial: true,
      abandoned: false,
    },
    { index: 1, holder: null, content: null, trial: false, abandoned: false },
  ],
  proven: [RUNNING_SHA],
  refused: [{
    content: "0".repeat(64),
    by: "web-0",
    why: "rolled back",
    at: "2026-01-02T09:03:00.000Z",
  }],
  members: null,
  members_partial: false,
  members_unreachable: null,
};

export const STATUS: Status = {
  version: "1.0.0",
  pid: 1,
  timestamp: "2026-01-02T10:03:00.000Z",
  started_at: "2026-01-02T08:00:00.000Z",
  uptime_seconds: 7380,
  command: ["nginx", "-g", "daemon off;"],
  log_level: "info",
  state: "running",
  state_since: "2026-01-02T10:00:01.200Z",
  child: {
    running: true,
    ready: true,
    pid: 17,
    started_at: "2026-01-02T10:00:01.200Z",
    uptime_seconds: 178.8,
    start_reason: "config",
    starts: { start: 1, config: 2, crash: 0, rollback: 0, request: 0 },
    last_exit: {
      pid: 9,
      at: "2026-01-02T10:00:01.000Z",
      code: null,
      signal: "SIGTERM",
      asked: true,
      uptime_seconds: 60,
    },
  },
  paths: [
    {
      path: "/etc/app.conf",
      status: "rejected",
      detail: null,
      kind: "file",
      size_bytes: 1536,
      modified_at: "2026-01-02T10:02:00.000Z",
      running_sha256: RUNNING_SHA,
      disk_sha256: REJECTED_SHA,
    },
    {
      path: "/etc/secret",
      status: "unreadable",
      detail: "permission denied",
      kind: null,
      size_bytes: null,
      modified_at: null,
      running_sha256: null,
      disk_sha256: null,
    },
  ],
  pending: {
    reason: "retry",
    detail: "the content was rejected and is tried again",
    until: "2026-01-02T10:08:00.000Z",
  },
  fleet: null,
  hold: {
    reason: "incident 7",
    since: "2026-01-02T10:01:00.000Z",
    until: null,
  },
  reload: reload(9, {
    trigger: "request",
    started_at: "2026-01-02T10:02:58.000Z",
    ended_at: null,
    duration_seconds: null,
    downtime_seconds: null,
    outcome: null,
    phase: "check",
    phases: [{
      phase: "check",
      started_at: "2026-01-02T10:02:58.000Z",
      duration_seconds: null,
    }],
  }),
  unready_reload: null,
  reloads: [
    reload(7, {}),
    reload(8, {
      started_at: "2026-01-02T10:02:00.000Z",
      outcome: "rolled_back",
      detail: "the child ended with exit status 3",
    }),
  ],
  last_reload_successful: false,
  last_successful_reload_at: "2026-01-02T10:00:01.200Z",
  last_error: {
    type: "not-ready",
    message: "New child did not become ready",
    timestamp: "2026-01-02T10:02:30.000Z",
  },
  degraded: [{ facility: "watcher", detail: "no inotify watch is left" }],
};

/** All is well, nothing has happened yet. */
export const QUIET: Status = {
  ...STATUS,
  child: { ...STATUS.child, last_exit: null, start_reason: "start" },
  paths: [],
  pending: null,
  hold: null,
  reload: null,
  reloads: [],
  last_error: null,
  degraded: [],
};
