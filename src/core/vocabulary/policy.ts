/** The part of the settings, and of what the host found at start, that decisions depend on. */
import type { Backoff, Hook, Settings } from "./settings.ts";

/** Constant for the life of a manager, except for its `Tuning`. */
export interface Policy extends
  Pick<
    Settings,
    | "command"
    | "args"
    | "configs"
    | "crash"
    | "debounceMs"
    | "trustReplacement"
    | "debounceMaxMs"
    | "rewrites"
    | "reloadSignal"
    | "stopSignal"
    | "stopTimeoutMs"
    | "killMode"
    | "onChange"
    | "ready"
    | "live"
    | "strategy"
    | "drainDelayMs"
    | "minIntervalMs"
    | "retryRejected"
    | "waitFor"
    | "waitForScope"
    | "fleet"
  > {
  /**
   * The child shares our terminal and process group, so the terminal driver
   * delivers ^C, ^\ and ^Z to both of us. Not so where we lead the terminal's
   * session: there the child has a group of its own, and what we hear is ours.
   */
  readonly foreground: boolean;
  /** Whether new content is vetted before it touches the child; if so, what a refusal at the very start leads to. */
  readonly vetting: { readonly atStart: "fail" | "warn" } | undefined;
  /** Whether a check command is asked; without one, vetting only saves a copy and reads environment files. */
  readonly hasCheck: boolean;
  /** Whether a child runs on saved content, so that one can be started on an earlier one. */
  readonly snapshots: boolean;
  /** Runs before every start. */
  readonly beforeStart: Hook | undefined;
  /** Runs when a child and its group have ended. */
  readonly afterExit: Hook | undefined;
  /** How long to wait for dependencies before a start; undefined when there are none. */
  readonly waitTimeoutMs: number | undefined;
  /** This replica's share of `--splay`. */
  readonly splayMs: number;
  /** Different for every manager: replicas do not act in step. */
  readonly seed: number;
}

/** The part of a policy that the event `settings` replaces. */
export type Tuning = Pick<
  Policy,
  "debounceMs" | "trustReplacement" | "debounceMaxMs"
>;

/** Who has not ended this long after the stop signal may be stopped itself, and gets SIGCONT. */
export const CONTINUE_MS = 100;

/**
 * After this the first start is content with a last look, unless content is to be
 * vetted: with what that may take for metadata, it waits one second.
 */
export const FIRST_LOOK_MS = 500;
/** Where it does wait, it says so again and again, with how far it is. */
export const FIRST_LOOK_PROGRESS_MS = 5_000;
/** How long the effect of SIGKILL is waited for: who has not ended by then does not end soon. */
export const KILL_GRACE_MS = 1_000;
/** After a time in which we did not run, what was left of the time of a stop is left up to this. */
export const THAW_GRACE_MS = 1_000;
/** A time in which we did not run is logged if it was this long. */
export const STALL_LOGGED_MS = 1_000;
/** The wait before the second question whether a group still has members; it doubles up to PROBE_MAX_MS. */
export const PROBE_FIRST_MS = 1;
export const PROBE_MAX_MS = 64;
/** A new child gets this long to install its handlers before held signals reach it. */
export const HELD_SIGNALS_MS = 1_000;
/** The wait before a change is tried again that could not be put into effect for a passing reason. */
export const APPLY_RETRY_MS = 30_000;
/** The waits before the fleet is asked again about content that it has refused. */
export const FLEET_RETRY: Backoff = { firstMs: 60_000, maxMs: 600_000 };
/** Waits between attempts to start a child that failed for a passing reason (EAGAIN, ENOMEM, ETXTBSY). */
export const SPAWN_RETRY_MS: readonly number[] = [100, 200, 400, 800, 1_600];

/** When a change that is confirmed at `at` may be put into effect: its turn, if one was decided before. */
export function turnAfter(
  { turnAt, appliedAt }: {
    readonly turnAt: number | undefined;
    readonly appliedAt: number | undefined;
  },
  at: number,
  { splayMs, minIntervalMs }: Policy,
): number {
  return turnAt ??
    Math.max(at + splayMs, (appliedAt ?? -Infinity) + minIntervalMs);
}
