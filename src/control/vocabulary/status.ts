/**
 * What the control endpoint answers about a manager, as the JSON values that go
 * out: names in snake_case, moments in ISO 8601, durations in seconds. The schema of
 * `Status` is docs/status.schema.json. Types only, for the server and its clients.
 */
import type { FleetStatus } from "./fleet.ts";
import type { ErrorType, Phase, ReloadOutcome, Trigger } from "./journal.ts";
import type { Timestamp } from "./timestamp.ts";

export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly timestamp: Timestamp;
  readonly started_at: Timestamp;
  readonly uptime_seconds: number;
  readonly command: readonly string[];
  readonly log_level: string;
  readonly state: string;
  readonly state_since: Timestamp;
  readonly child: ChildStatus;
  readonly paths: readonly PathStatus[];
  readonly pending: PendingStatus | null;
  readonly hold: HoldStatus | null;
  /** Null without `--fleet`. */
  readonly fleet: FleetStatus | null;
  /** The one under way; the later one of two. */
  readonly reload: ReloadStatus | null;
  /** The one before that, whose child is not ready yet. */
  readonly unready_reload: ReloadStatus | null;
  readonly reloads: readonly ReloadStatus[];
  readonly last_reload_successful: boolean | null;
  readonly last_successful_reload_at: Timestamp | null;
  readonly last_error: ErrorStatus | null;
  readonly degraded: readonly DegradedStatus[];
  readonly debug?: DebugStatus;
}

export interface ChildStatus {
  /** Whether a child runs that nobody has asked to end. */
  readonly running: boolean;
  readonly ready: boolean;
  readonly pid: number | null;
  readonly started_at: Timestamp | null;
  readonly uptime_seconds: number | null;
  readonly start_reason: string | null;
  readonly starts: Readonly<Record<string, number>>;
  readonly last_exit: ExitStatusJson | null;
}

export interface ExitStatusJson {
  readonly pid: number;
  readonly at: Timestamp;
  readonly code: number | null;
  readonly signal: string | null;
  readonly asked: boolean;
  readonly uptime_seconds: number;
}

export interface PathStatus {
  readonly path: string;
  readonly status:
    | "current"
    | "pending"
    | "ignored"
    | "rejected"
    | "unreadable"
    | "unknown";
  readonly detail: string | null;
  readonly kind: "file" | "directory" | null;
  readonly size_bytes: number | null;
  readonly modified_at: Timestamp | null;
  readonly running_sha256: string | null;
  readonly disk_sha256: string | null;
}

export type PendingReason =
  | "debounce"
  | "fleet"
  | "min_interval"
  | "splay"
  | "hold"
  | "old_child"
  | "child_start"
  | "check"
  | "dependencies"
  | "hook"
  | "action"
  | "retry"
  | "backoff";

export interface PendingStatus {
  readonly reason: PendingReason;
  readonly detail: string;
  readonly until: Timestamp | null;
}

export interface HoldStatus {
  readonly reason: string | null;
  readonly since: Timestamp | null;
  readonly until: Timestamp | null;
}

export interface ReloadStatus {
  readonly id: number;
  readonly trigger: Trigger;
  readonly action: string | null;
  readonly paths: readonly string[];
  readonly started_at: Timestamp;
  readonly ended_at: Timestamp | null;
  readonly duration_seconds: number | null;
  readonly downtime_seconds: number | null;
  readonly outcome: ReloadOutcome | null;
  readonly decided_outcome: ReloadOutcome | null;
  readonly detail: string | null;
  readonly phase: Phase | null;
  readonly phases: readonly {
    readonly phase: Phase;
    readonly started_at: Timestamp;
    readonly duration_seconds: number | null;
  }[];
}

export interface ErrorStatus {
  readonly type: ErrorType;
  readonly message: string;
  readonly timestamp: Timestamp;
}

export interface DegradedStatus {
  readonly facility: string;
  readonly detail: string;
}

export interface DebugStatus {
  readonly status: "no_debug_info" | "processing" | "error";
  readonly message: string;
  readonly last_error:
    | ErrorStatus & {
      /** For people: the date, the time and how long ago that was. */
      readonly time: string;
      /** What a failed check or action has printed: the first 50 and the last 200 lines, without secrets that are known by their form. */
      readonly output: readonly string[];
    }
    | null;
  readonly last_exit: ExitStatusJson | null;
  readonly watcher: {
    readonly degraded: readonly string[];
    readonly hints: Readonly<Record<string, number>>;
    readonly changes_found_by_poll: number;
    readonly rearms: number;
    readonly unanswered_hint_at: Timestamp | null;
    readonly poll_interval_seconds: number;
    readonly verify_interval_seconds: number;
    readonly debounce_seconds: number;
    readonly debounce_max_seconds: number;
  };
  readonly event_loop_lag_seconds: number;
  readonly log_lines_dropped: number;
}

export type HealthLevel = "ok" | "degraded" | "error";

export interface HealthCheck {
  readonly status: HealthLevel;
  readonly detail: string;
}

/** `ok` and `degraded` are 200, `error` is 503. */
export interface Health {
  readonly status: HealthLevel;
  readonly timestamp: Timestamp;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/** One of the checks of a probe; `reason` is why it fails. */
export interface ProbeCheck {
  readonly name: string;
  readonly reason: string | undefined;
}

/** The answer to a probe: good if every check is. */
export interface Probed {
  readonly ok: boolean;
  readonly checks: readonly ProbeCheck[];
}
