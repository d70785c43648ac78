/**
 * What a manager has done so far, for those who ask: every reload with its
 * phases, and counts of everything that happens more than once. Made from the
 * steps of the core by `control/journal`; read by the status, the metrics, the
 * events and the page. Plain data. Times are milliseconds since the epoch,
 * durations are milliseconds of a clock that never goes back.
 */
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import type { Reason } from "../../core/vocabulary/state.ts";

/** What a reload was begun for: changed content, a request, or another turn of rejected content. */
export type Trigger = "config" | "request" | "retry";

/** How a reload ended. */
export type ReloadOutcome =
  /** The child is ready on the new content, or was told of it. */
  | "applied"
  /** The check, an environment file or circumstances refused it; the child was not touched. */
  | "rejected"
  /** The child failed on the new content, and the last good content is used again. */
  | "rolled_back"
  /** The action failed, or the child could not be started, and nothing was rolled back. */
  | "failed"
  /** The paths hold the content of the child again, so there was nothing to do. */
  | "reverted"
  /** Newer content took its place. */
  | "superseded"
  /** The manager, or somebody, stopped the child meanwhile. */
  | "interrupted";

/** The steps of a reload, in order. */
export const PHASES = [
  "detect",
  "debounce",
  "wait",
  "check",
  "drain",
  "stop",
  "start",
  "ready",
] as const;
/**
 * detect: from the hint to the look that found other content. debounce: until it
 * was confirmed. wait: for its turn, a hold or dependencies. check: the vetting.
 * drain: `--drain-delay`. stop: until the child and its group are gone. start:
 * until the next child runs. ready: until that one is ready.
 */
export type Phase = (typeof PHASES)[number];

export interface PhaseRecord {
  readonly phase: Phase;
  readonly startedAt: number;
  /** Undefined while it lasts. */
  readonly durationMs: number | undefined;
}

export interface ReloadRecord {
  /** Counts from 1 in the life of a manager. */
  readonly id: number;
  readonly trigger: Trigger;
  /** What puts it into effect. */
  readonly action: "restart" | "signal" | "exec" | "http" | "none" | undefined;
  /** Watched paths that had changed. */
  readonly paths: readonly string[];
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Undefined while it lasts. */
  readonly outcome: ReloadOutcome | undefined;
  /** Why it was rejected, rolled back or failed; one line, never content of a configuration. */
  readonly detail: string | undefined;
  readonly phases: readonly PhaseRecord[];
  /** For how long no child ran; undefined where one always did, or while it lasts. */
  readonly downtimeMs: number | undefined;
}

/** An end of a child. */
export interface ExitRecord {
  readonly at: number;
  readonly pid: number;
  readonly status: ExitStatus;
  /** Whether the manager had asked it to end. */
  readonly asked: boolean;
  readonly uptimeMs: number;
}

export interface ErrorRecord {
  readonly at: number;
  /** What kind of fault: `rejected`, `not-ready`, `crash`, `action`, `spawn`, `path`, `dependency`, `bug`, or `log` for another line at ERROR. */
  readonly type: string;
  readonly message: string;
  /** The last lines that a failed check or action printed; empty otherwise. */
  readonly tail: readonly string[];
}

/** Upper bounds of the buckets, in seconds, of every histogram of durations. */
export const BUCKETS_S = [
  0.001,
  0.005,
  0.01,
  0.05,
  0.1,
  0.5,
  1,
  5,
  10,
  30,
  60,
  300,
] as const;

/** Counts of observations by bucket (not cumulative; the last one is +Inf), and their sum. */
export interface Histogram {
  readonly buckets: readonly number[];
  readonly sumS: number;
  readonly count: number;
}

/** Most recent first is never used: lists are in the order in which things happened. */
export interface Journal {
  readonly startedAt: number;
  /** When the present state of the model was entered. */
  readonly stateSince: number;
  /** The last ones that have ended, REPORTED_RELOADS at most. */
  readonly reloads: readonly ReloadRecord[];
  /** The one under way. */
  readonly current: ReloadRecord | undefined;
  readonly lastReloadId: number;
  readonly lastSuccessAt: number | undefined;
  readonly lastReloadSucceeded: boolean | undefined;
  readonly lastExit: ExitRecord | undefined;
  readonly lastError: ErrorRecord | undefined;
  readonly childStartedAt: number | undefined;
  readonly starts: Readonly<Record<Reason, number>>;
  /** By `code:0` or `signal:SIGKILL`; bounded by what the kernel can tell. */
  readonly exits: Readonly<Record<string, number>>;
  /** By `trigger:outcome`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly phases: Readonly<Record<Phase | "downtime", Histogram>>;
  readonly signalsForwarded: Readonly<Record<string, number>>;
  readonly hints: Readonly<
    Record<"poll" | "event" | "replacement" | "other", number>
  >;
  /** Changes that a look of the poller found first, without an event. */
  readonly foundByPoll: number;
  readonly holds: number;
}

/** How many ended reloads are kept. */
export const REPORTED_RELOADS = 20;
