/**
 * All that a manager knows: the state that it is in, and what outlives every
 * state and every child.
 */
import type { Feedback } from "./change.ts";
import type { Fault, Fingerprint } from "./fingerprint.ts";
import type { Policy } from "./policy.ts";
import type { Signal } from "./signals.ts";
import type { AfterExit, State, Stopping, Sweeping } from "./state.ts";

/** Whether a path can be read. A fault is reported only if it outlasts the quiet window. */
export type PathHealth =
  | { readonly kind: "ok" }
  /** There is too much of it: its metadata stand in for its content. */
  | { readonly kind: "coarse" }
  | { readonly kind: "suspect"; readonly since: number }
  | { readonly kind: "faulty"; readonly fault: Fault };

/** What is remembered of earlier crashes. */
export interface CrashHistory {
  /** Crashes in a row, without a healthy run between them. */
  readonly streak: number;
  /** When the restarts within the window of `--max-restarts` were. */
  readonly restartsAt: readonly number[];
}

/** Content that was rejected although its own check had nothing against it. */
export interface FailedContent {
  readonly content: Fingerprint;
  /** At least 1. */
  readonly times: number;
}

/** Whether changes are put into effect, or held back by an operator. */
export type Gate =
  | { readonly kind: "open" }
  | {
    readonly kind: "held";
    readonly since: number;
    /** When the timer `hold` opens it; undefined: when somebody resumes. */
    readonly until: number | undefined;
    /** In the operator's words, on one line. */
    readonly reason: string | undefined;
  };

/** A slot of the fleet that is ours, for one reload. */
export interface HeldSlot {
  readonly ticket: number;
  /** What it was taken for. */
  readonly content: Fingerprint;
  /** Whether no manager of the fleet has proven that content yet. */
  readonly isTrial: boolean;
  readonly takenAt: number;
  /** When it is given back; undefined before the child is ready, and has soaked. */
  readonly heldUntil: number | undefined;
  /** Why the content has failed here; undefined unless it has. */
  readonly fault: string | undefined;
}

/** All that a manager knows. */
export interface Model {
  readonly state: State;
  /** A child beside the one of `state` that is being ended, with the goal `retire`. */
  readonly retiring: Stopping | Sweeping | AfterExit | undefined;
  /** Whether each watched path can be read; it outlives every child. */
  readonly health: readonly PathHealth[];
  /** The number of the latest child. */
  readonly runs: number;
  /** Whether the child seems to rewrite its own configuration; it outlives every child. */
  readonly feedback: Feedback;
  readonly crashes: CrashHistory;
  /** Times that a candidate was put into effect. */
  readonly reloads: number;
  /** Times that new content was rejected or rolled back. */
  readonly rejections: number;
  /** The content that failed last for a reason that may pass, and how often in a row; a change ends the row. */
  readonly failed: FailedContent | undefined;
  /** The baseline of the latest child; it outlives that child. */
  readonly lastBaseline: Fingerprint | undefined;
  /** Whether the latest child has failed on that, and none was started on the last good content yet. */
  readonly isRollbackOwed: boolean;
  /** What the paths held when they were last known to be stable; undefined if content was used that was not. */
  readonly stable: Fingerprint | undefined;
  /** The content that a check has approved last; outlives the decision for it. */
  readonly approved: Fingerprint | undefined;
  /** The last good content: a child was ready with it, and has soaked on it where it had to; it is saved. */
  readonly good: Fingerprint | undefined;
  /** The number of the latest question to the host. */
  readonly ticket: number;
  /** When the last change was put into effect. */
  readonly appliedAt: number | undefined;
  /** When the present change may be put into effect: decided when it is first confirmed, and kept if the content changes again. */
  readonly turnAt: number | undefined;
  /** Outlives every child. */
  readonly gate: Gate;
  /** Undefined: this manager has no slot, or needs none. */
  readonly slot: HeldSlot | undefined;
  /** The signal of `--reload-signal` that waits for the end of a start or of another reload. */
  readonly waitingReload: Signal | undefined;
  /** When the terminal has last asked all of its foreground to end, us and the child (`^C`, `^\`). */
  readonly interruptedAt: number | undefined;
  /** When the stop that was asked for has to be over, where `--after-exit` could keep it. */
  readonly stopBy: number | undefined;
}

/** The runs of the children that may be alive, or have left somebody of their group. */
export function liveRuns({ state, retiring }: Model): number[] {
  // A child for which --after-exit runs has ended.
  const beside = retiring === undefined || retiring.kind === "afterExit"
    ? []
    : [retiring.run];
  switch (state.kind) {
    case "spawning":
    case "running":
    case "stopping":
    case "sweeping":
      return [...beside, state.run];
    case "draining":
      return [...beside, state.child.run];
    case "overlapping": {
      const { old, next } = state;
      const nextRun = next.kind === "spawning" ? next.run : next.child.run;
      return [...beside, old.run, nextRun];
    }
    default:
      return beside;
  }
}

/** What the next child gets where new content cannot be used: what the latest one had, or else what it was to be rolled back to. */
export const contentToKeep = (
  { lastBaseline, isRollbackOwed, good }: Model,
): Fingerprint | undefined =>
  isRollbackOwed ? good ?? lastBaseline : lastBaseline;

/** A manager that has not begun. */
export function initialModel(policy: Policy): Model {
  return {
    state: { kind: "idle", held: [] },
    retiring: undefined,
    health: policy.configs.map(() => ({ kind: "ok" })),
    runs: 0,
    feedback: { distanceMs: 0, reloads: 0 },
    crashes: { streak: 0, restartsAt: [] },
    reloads: 0,
    rejections: 0,
    failed: undefined,
    lastBaseline: undefined,
    isRollbackOwed: false,
    stable: undefined,
    approved: undefined,
    good: undefined,
    ticket: 0,
    appliedAt: undefined,
    turnAt: undefined,
    gate: { kind: "open" },
    slot: undefined,
    waitingReload: undefined,
    interruptedAt: undefined,
    stopBy: undefined,
  };
}
