/**
 * What a manager has done so far, for those who ask: every reload with its
 * phases, and counts of everything that happens more than once. Made from the
 * steps of the core by `control/journal`; read by the status, the metrics, the
 * events and the page. Plain data. Times are milliseconds since the epoch,
 * durations are milliseconds of a clock that never goes back.
 */
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type { SlotVerdict } from "../../core/vocabulary/event.ts";
import type { Cause } from "../../core/vocabulary/observation.ts";
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import type { Reason } from "../../core/vocabulary/state.ts";

/**
 * What a reload was begun for: changed content, a request at the control endpoint,
 * the signal of `--reload-signal`, or another turn of rejected content.
 */
export type Trigger = "config" | "request" | "signal" | "retry";

/** How a reload ended. */
export type ReloadOutcome =
  /** The child is ready on the new content, or was told of it. */
  | "applied"
  /** The check, an environment file or circumstances refused it; the child was not touched. */
  | "rejected"
  /** The child failed on the new content, and the last good content is used again, or in an overlap still. */
  | "rolled_back"
  /** The action failed, or the child could not be started, and nothing was rolled back. */
  | "failed"
  /** The paths hold again what was decided on before, so there was nothing to do. */
  | "reverted"
  /** Newer content, or a request, took its place. */
  | "superseded"
  /** The child ended by itself or was stopped for something else meanwhile. */
  | "interrupted";

/**
 * The steps of a reload, in the order of most. In an overlap `start` and `ready`
 * come before `drain`, and a wait may come again after the check.
 */
export const PHASES = [
  "detect",
  "debounce",
  "wait",
  "fleet",
  "check",
  "act",
  "drain",
  "stop",
  "start",
  "ready",
] as const;
/**
 * detect: from the hint to the look that found other content. debounce: until it
 * was confirmed. wait: for its turn, a hold or dependencies. fleet: for a slot of
 * the fleet. check: the vetting. act: until the program or the request that tells the child has ended. drain:
 * `--drain-delay`. stop: until the child and its group are gone. start: until the
 * next child runs. ready: until that one is ready, and has soaked where it tries
 * content for its fleet, or the old one has kept running
 * on what it was told of.
 */
export type Phase = (typeof PHASES)[number];

export interface PhaseRecord {
  readonly phase: Phase;
  readonly startedAt: number;
  /** The same moment on the clock of the durations. */
  readonly startedClock: number;
  /** Undefined while it lasts. */
  readonly durationMs: number | undefined;
}

export interface ReloadRecord {
  /** Counts from 1 in the life of a manager. */
  readonly id: number;
  readonly trigger: Trigger;
  /** What puts it into effect: `restart`, or the kinds of its actions, joined by `+`; undefined until that is begun. */
  readonly action: string | undefined;
  /** Watched paths that had changed. */
  readonly paths: readonly string[];
  readonly startedAt: number;
  /** The same moment on the clock of the durations. */
  readonly startedClock: number;
  readonly endedAt: number | undefined;
  readonly durationMs: number | undefined;
  /** Undefined while it lasts. */
  readonly outcome: ReloadOutcome | undefined;
  /**
   * How it will end, where that is known while it lasts: the child on the last good
   * content has yet to become ready, or one is started on what the check refused.
   */
  readonly decided: ReloadOutcome | undefined;
  /** Why it was rejected, rolled back or failed; one line, never content of a configuration. */
  readonly detail: string | undefined;
  /** In the order in which they were; PHASES_MAX at most. */
  readonly phases: readonly PhaseRecord[];
  /** For how long no child ran, so far; undefined where one always did. */
  readonly downtimeMs: number | undefined;
}

/** A child that runs. */
export interface ChildRecord {
  readonly run: number;
  readonly pid: number;
  readonly reason: Reason;
  readonly startedAt: number;
  readonly startedClock: number;
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

/** What kind of fault an error is; `log` is another line at ERROR. */
export type ErrorType =
  | "rejected"
  | "save"
  | "not-ready"
  | "crash"
  | "liveness"
  | "action"
  | "spawn"
  | "path"
  | "dependency"
  | "fleet"
  | "bug"
  | "log";

export interface ErrorRecord {
  readonly at: number;
  readonly type: ErrorType;
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

/** How often what happened between this manager and its fleet. */
export interface FleetCounts {
  /** Content was rejected because the fleet has refused it. */
  readonly rejections: number;
  /** The fleet was told what has become of content. */
  readonly reports: Readonly<Record<SlotVerdict["kind"], number>>;
  readonly slotsLost: number;
  /** A reload went on without a slot, because the fleet could not be asked. */
  readonly passedOver: number;
}

/** Most recent first is never used: lists are in the order in which things happened. */
export interface Journal {
  readonly startedAt: number;
  /** The watched paths, in the order of the settings. */
  readonly watched: readonly string[];
  /** What the latest look has found, with what is known of paths that were not read again; undefined before the first one. */
  readonly seen: Fingerprint | undefined;
  /** When the present state of the model was entered. */
  readonly stateSince: number;
  /** The last ones that have ended, REPORTED_RELOADS at most, by their ids. */
  readonly reloads: readonly ReloadRecord[];
  /** The one under way; the later one of two. */
  readonly current: ReloadRecord | undefined;
  /** The one before `current`: it was put into effect, and its child is not ready yet. */
  readonly unready: ReloadRecord | undefined;
  readonly lastReloadId: number;
  readonly lastSuccessAt: number | undefined;
  readonly lastReloadSucceeded: boolean | undefined;
  readonly lastExit: ExitRecord | undefined;
  readonly lastError: ErrorRecord | undefined;
  /** Of the latest child that runs. */
  readonly childStartedAt: number | undefined;
  /** Those that run, in the order of their starts. */
  readonly children: readonly ChildRecord[];
  /** Since when no child runs, on the clock of the durations; undefined while one does, and before the first one. */
  readonly childlessSince: number | undefined;
  /** The reason of the start that was asked for last. */
  readonly starting: Reason | undefined;
  /** The earliest hint that no look has answered yet. */
  readonly hint:
    | { readonly at: number; readonly clock: number }
    | undefined;
  readonly starts: Readonly<Record<Reason, number>>;
  /** Answers of children to `--live`: with yes, and with no or not in time. */
  readonly lived: Readonly<Record<"success" | "failure", number>>;
  /** By `code:0` or `signal:SIGKILL`; bounded by what the kernel can tell. */
  readonly exits: Readonly<Record<string, number>>;
  /** By `trigger:outcome`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly phases: Readonly<Record<Phase | "downtime", Histogram>>;
  readonly signalsForwarded: Readonly<Record<string, number>>;
  readonly hints: Readonly<Record<Exclude<Cause, "timer">, number>>;
  /** Changes that a look of the poller found first, without an event. */
  readonly foundByPoll: number;
  readonly holds: number;
  readonly fleet: FleetCounts;
}

/** How many ended reloads are kept. */
export const REPORTED_RELOADS = 20;
/** How many phases of a reload are kept: one that waits for room on a disk tries again every 30 s. */
export const PHASES_MAX = 32;
