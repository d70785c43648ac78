/**
 * The states of a manager. Data lives only in the state that owns it; `run`
 * counts the child's incarnations, so that a late event of an earlier one is
 * recognised and dropped.
 */
import type { Change, PathHealth } from "./config_watch.ts";
import type { CrashHistory } from "./crash.ts";
import type { ExitStatus } from "./exit_status.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Signal } from "./signals.ts";

/** Why a child is started. */
export type Reason = "start" | "config" | "crash";

/** What follows when the child and its group are gone. */
export type Goal =
  /** Start the next incarnation. */
  | { readonly kind: "restart" }
  /** Asked to stop, with the signal that the child was sent for it. */
  | { readonly kind: "shutdown" }
  /** The child ended by itself: so do we, with its code. */
  | { readonly kind: "follow" }
  /** The child ended by itself and is started again after a pause. */
  | {
    readonly kind: "revive";
    readonly waitMs: number;
    readonly baseline: Fingerprint;
  }
  /** A bug of ours: stop the child, then exit 70. */
  | { readonly kind: "bug" };

/** No child; the look that becomes the next child's baseline is under way. */
export interface Preparing {
  readonly kind: "preparing";
  readonly run: number;
  readonly reason: Reason;
  readonly since: number;
  /** Failed attempts to start this incarnation. */
  readonly failures: number;
  /** Signals that arrived while there was no child, in order. */
  readonly held: readonly Signal[];
}

/** The spawn was asked for and its answer is the next thing we hear of it. */
export interface Spawning {
  readonly kind: "spawning";
  readonly run: number;
  readonly reason: Reason;
  readonly baseline: Fingerprint;
  readonly failures: number;
  readonly held: readonly Signal[];
  /** Set when the new child is to be stopped as soon as there is one. */
  readonly stop:
    | { readonly goal: Goal; readonly signal: Signal }
    | undefined;
}

/** A start failed for a passing reason; the timer `retry` is armed. */
export interface Retrying {
  readonly kind: "retrying";
  readonly run: number;
  readonly reason: Reason;
  readonly failures: number;
  readonly held: readonly Signal[];
}

/** The child ended by itself; the timer `retry` starts the next one. */
export interface BackingOff {
  readonly kind: "backingOff";
  /** The incarnation that ended. */
  readonly run: number;
  /** What it was started on: other content ends the pause. */
  readonly baseline: Fingerprint;
  readonly held: readonly Signal[];
}

export interface Running {
  readonly kind: "running";
  readonly run: number;
  readonly pid: number;
  readonly startedAt: number;
  /** What the paths held when this child was started. */
  readonly baseline: Fingerprint;
  readonly change: Change;
  /** Signals for this child that wait until it had time to install handlers. */
  readonly held: readonly Signal[];
}

/** The stop signal was sent; the group's leader is still there. */
export interface Stopping {
  readonly kind: "stopping";
  readonly run: number;
  readonly pid: number;
  readonly goal: Goal;
  readonly signal: Signal;
  /** When SIGKILL is due; after that, when we stop waiting for its effect. */
  readonly deadlineAt: number;
  readonly killed: boolean;
  /** Signals that still wait, for the next child when one follows. */
  readonly held: readonly Signal[];
}

/** The leader is gone; the rest of its group must be too before we go on. */
export interface Sweeping {
  readonly kind: "sweeping";
  readonly run: number;
  readonly pid: number;
  readonly goal: Goal;
  readonly signal: Signal;
  readonly leader: ExitStatus;
  /** Undefined until a survivor was found and sent the stop signal. */
  readonly deadlineAt: number | undefined;
  readonly probeMs: number;
  readonly killed: boolean;
  /** Signals for the next child, when one follows. */
  readonly held: readonly Signal[];
}

export interface Done {
  readonly kind: "done";
  readonly code: number;
}

export type State =
  | { readonly kind: "idle" }
  | Preparing
  | Spawning
  | Retrying
  | BackingOff
  | Running
  | Stopping
  | Sweeping
  | Done;

/** All that a manager knows. */
export interface Model {
  readonly state: State;
  /** Readability of each watched path; outlives the child's incarnations. */
  readonly health: readonly PathHealth[];
  /** Restarts in a row that came soon after a start. */
  readonly shortRuns: number;
  readonly crashes: CrashHistory;
  /** Children started because of a changed configuration. */
  readonly reloads: number;
  /** What the latest child was started on. */
  readonly latest: Fingerprint | undefined;
}
