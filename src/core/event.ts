/** Everything that can happen to a manager, as data. */
import type { Cause, Observation } from "./config_watch.ts";
import type { ExitStatus } from "./exit_status.ts";
import type { Signal } from "./signals.ts";

/** The timers that the core may have armed, one of each at most. */
export type TimerName = "look" | "stop" | "probe" | "held" | "retry";

/** Why a child could not be started; `transient` may go away by itself. */
export interface SpawnFailure {
  readonly kind: "not-found" | "not-executable" | "transient";
  readonly detail: string;
}

/**
 * `at` is milliseconds on a clock that never goes back; `run` is the
 * incarnation of the child that the event belongs to.
 */
export type Event =
  & { readonly at: number }
  & (
    | { readonly kind: "begin" }
    /** Something may have changed on disk. */
    | { readonly kind: "hint"; readonly cause: Exclude<Cause, "timer"> }
    /** The look that began at `startedAt` is done. */
    | {
      readonly kind: "observed";
      readonly startedAt: number;
      readonly observation: Observation;
    }
    | { readonly kind: "spawned"; readonly run: number; readonly pid: number }
    | {
      readonly kind: "spawnFailed";
      readonly run: number;
      readonly failure: SpawnFailure;
    }
    | {
      readonly kind: "exited";
      readonly run: number;
      readonly status: ExitStatus;
    }
    /** Whether the child's process group still has members. */
    | {
      readonly kind: "groupProbed";
      readonly run: number;
      readonly alive: boolean;
    }
    | { readonly kind: "signal"; readonly signal: Signal }
    | { readonly kind: "timer"; readonly name: TimerName }
    /** An error that nobody caught: a bug of ours. */
    | { readonly kind: "bug"; readonly detail: string }
  );
