/** Everything that can happen to a manager, as data. */
import type { Command } from "./command.ts";
import type { Cause, Observation } from "./observation.ts";
import type { ExitStatus } from "./exit_status.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Tuning } from "./policy.ts";
import type { Signal } from "./signals.ts";

/** The timers that the core may have armed, one of each at most. */
export type TimerName =
  | "look"
  | "stop"
  /** When what has not heard the stop signal because it is stopped goes on. */
  | "continue"
  | "probeGroup"
  | "held"
  | "retry"
  /** A change that waits for its turn, or for its next one. */
  | "defer"
  /** The end of a child's time to become ready. */
  | "ready"
  /** The next question whether the child still answers. */
  | "live"
  | "drain"
  /** The end of the wait for dependencies. */
  | "await"
  /** The end of a hold. */
  | "hold"
  /** The end of the wait for a fleet that cannot be reached. */
  | "fleet"
  /** The end of the time for which a slot of the fleet is kept once the child is ready (`--fleet-settle`). */
  | "settle"
  /** `stop`, `continue` and `probeGroup` of the child that retires. */
  | "retireStop"
  | "retireContinue"
  | "retireProbeGroup";

/**
 * Those that end what somebody was given time for, or are about content that may
 * be half-written. Time in which we did not run counts for neither.
 */
export const LIMITS: ReadonlySet<TimerName> = new Set([
  "look",
  "stop",
  "ready",
  "await",
  "retireStop",
]);

/**
 * What rejects content that was looked at closely: its check, an environment file
 * in it that cannot be used, or circumstances that may pass, so that the same content
 * may be accepted later.
 */
export type VettingGround = "check" | "environment" | "circumstances";

/** What rejects content; what the fleet has refused may be cleared. */
export type Ground = VettingGround | "fleet";

/** What became of new content when it was looked at closely. */
export type Verdict =
  | { readonly kind: "approved" }
  /** It is not there any more. */
  | { readonly kind: "moved" }
  /** It must not be used. */
  | {
    readonly kind: "rejected";
    readonly ground: VettingGround;
    readonly detail: string;
    /** The last lines of what the check printed. */
    readonly tail: readonly string[];
  }
  /** It could not be saved. */
  | { readonly kind: "unsaved"; readonly detail: string };

/** What became of an action that puts new content into effect. */
export type Outcome =
  | { readonly kind: "done" }
  /** The name that the child knows could not be made lead to it. */
  | { readonly kind: "unswitched"; readonly detail: string }
  | {
    readonly kind: "failed";
    readonly detail: string;
    readonly tail: readonly string[];
  };

/**
 * What the fleet answers to the effect `takeSlot` of this ticket: any number of
 * `slotAwaited`, `slotUnreachable` and `slotRefused`, and then `slotTaken`.
 */
export type SlotAnswer =
  /** The slot is ours until we give it back. */
  | {
    readonly kind: "slotTaken";
    readonly ticket: number;
    /** Whether nobody has proven the content yet: what becomes of it is to be reported. */
    readonly isTrial: boolean;
  }
  /** Others come first. */
  | {
    readonly kind: "slotAwaited";
    readonly ticket: number;
    /** Which ones, and what they do: "web-0 tries this configuration". */
    readonly why: string;
  }
  /** A manager of the fleet has refused the content. */
  | {
    readonly kind: "slotRefused";
    readonly ticket: number;
    readonly by: string;
    readonly why: string;
  }
  /** Nobody could be asked. */
  | {
    readonly kind: "slotUnreachable";
    readonly ticket: number;
    readonly detail: string;
  }
  /**
   * We were cut off for so long that another one may have taken our slot. Told once
   * for a slot; right after its release where the manager was frozen until then.
   */
  | {
    readonly kind: "slotLost";
    readonly ticket: number;
    readonly detail: string;
  };

/** What has become of content that a manager tries for its fleet; `why` is one line without any content. */
export type SlotVerdict =
  | { readonly kind: "proven" }
  | { readonly kind: "refused"; readonly why: string };

/** What became of a hook: `--before-start` or `--after-exit`. */
export type HookOutcome =
  | { readonly kind: "done" }
  | {
    readonly kind: "failed";
    readonly detail: string;
    /** The last lines of what it printed. */
    readonly tail: readonly string[];
  }
  /** The saved content that the start is about is not there any more; the hook was not run. */
  | { readonly kind: "lost"; readonly detail: string }
  /** It was ended because that was asked for. */
  | { readonly kind: "withdrawn" };

/**
 * Why a child was not started: `transient` may go away by itself, `refused` is
 * ours, `lost` is the saved content that it was to run on, and `withdrawn` is the
 * answer to a `cancel`.
 */
export interface SpawnFailure {
  readonly kind:
    | "not-found"
    | "not-executable"
    | "transient"
    | "refused"
    | "lost"
    | "withdrawn";
  readonly detail: string;
}

/**
 * `at` is milliseconds on a clock that never goes back, and that stands still
 * while we do not run: limits are over late by as much. `run` is the number of
 * the child that the event is about.
 */
export type Event =
  & { readonly at: number }
  & (
    | { readonly kind: "begin" }
    /** We did not run for so long before now: `at` does not count it. */
    | { readonly kind: "stalled"; readonly forMs: number }
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
    /** The answer to the effect `vet` of this ticket. */
    | {
      readonly kind: "vetted";
      readonly ticket: number;
      readonly verdict: Verdict;
    }
    /** The answer to the effect `capture` of this ticket: a copy that holds this was saved. */
    | {
      readonly kind: "captured";
      readonly ticket: number;
      readonly content: Fingerprint;
    }
    /** The answer to the effect `act` of this ticket. */
    | {
      readonly kind: "acted";
      readonly ticket: number;
      readonly outcome: Outcome;
    }
    /** The child has given the sign that `--ready` waits for. */
    | { readonly kind: "ready"; readonly run: number }
    /** It has not given that sign yet: the probe's answer, when it is another one than before. */
    | { readonly kind: "notYet"; readonly run: number; readonly why: string }
    /** The answer to the effect `askSign` if the sign was not there; else it is `ready`. */
    | { readonly kind: "notReady"; readonly run: number }
    /**
     * The answer to the effect `askLive` with this number: undefined is a yes. A
     * child that tells of itself has done so at `heardAt`.
     */
    | {
      readonly kind: "lived";
      readonly run: number;
      readonly question: number;
      readonly why: string | undefined;
      readonly heardAt: number | undefined;
    }
    /** The child says by itself that it does not work any more (WATCHDOG=trigger). */
    | { readonly kind: "liveTriggered"; readonly run: number }
    /** The child wants to be asked this often (WATCHDOG_USEC=...); undefined is never. */
    | {
      readonly kind: "liveInterval";
      readonly run: number;
      readonly everyMs: number | undefined;
    }
    /** All that `--wait-for` names is there: the answer to the effect `awaitDependencies` of this ticket. */
    | { readonly kind: "available"; readonly ticket: number }
    /** What is still missing of it, each with its last answer. */
    | {
      readonly kind: "missing";
      readonly ticket: number;
      readonly missing: readonly string[];
    }
    /** The answer to the effect `askDependencies` if something was missing; else it is `available`. */
    | {
      readonly kind: "unavailable";
      readonly ticket: number;
      readonly missing: readonly string[];
    }
    /** The answer to the effect `beforeStart` or `afterExit` of this ticket. Nothing of the hook is left. */
    | {
      readonly kind: "hookEnded";
      readonly ticket: number;
      readonly outcome: HookOutcome;
    }
    | SlotAnswer
    /** The settings file has changed. This event is the first one whose policy has the new tuning. */
    | { readonly kind: "settings"; readonly tuning: Tuning }
    | Command
    | { readonly kind: "signal"; readonly signal: Signal }
    | { readonly kind: "timer"; readonly name: TimerName }
    /** An error that nobody caught: a bug of ours. */
    | { readonly kind: "bug"; readonly detail: string }
  );

/** The events of one kind. */
export type EventOf<Kind extends Event["kind"]> = Extract<
  Event,
  { kind: Kind }
>;

export type CommandEvent = EventOf<Command["kind"]>;

const COMMANDS: ReadonlySet<Event["kind"]> = new Set<Command["kind"]>([
  "hold",
  "resume",
  "reload",
  "stopChild",
  "startChild",
]);

/** Whether an operator has asked for something. */
export const isCommand = (event: Event): event is CommandEvent =>
  COMMANDS.has(event.kind);

/** An event without the time `at`, which the event loop adds when it takes the event in. */
export type Happening = Event extends infer E
  ? E extends Event ? Omit<E, "at"> : never
  : never;
