/**
 * The states of a manager. Data lives only in the state that owns it. `run` is
 * the number of a child: by it, a late event of an earlier child is recognised
 * and dropped.
 */
import type { Change } from "./change.ts";
import type { Gentle } from "./settings.ts";
import type { EndReason, ExitStatus } from "./exit_status.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Observation } from "./observation.ts";
import type { Signal } from "./signals.ts";

/** Why a child is started. */
export type Reason =
  | "start"
  | "config"
  | "crash"
  | "liveness"
  | "rollback"
  | "request";

/** One attempt to start a child. */
export interface Start {
  /** The number of the child that is to be started. */
  readonly run: number;
  readonly reason: Reason;
  /** Attempts to start this child that failed. */
  readonly failures: number;
  /** Signals that arrived while there was no child, in order. */
  readonly held: readonly Signal[];
  /** What follows if there is nothing to start on: the manager ends, or no child runs until an operator asks for one. */
  readonly otherwise: "end" | "halt";
  /** Whether `--before-start` has succeeded for it. */
  readonly hookDone: boolean;
  /** Why it is started if it gets what the last child had: then it is no reload. */
  readonly unlessNews: "crash" | "liveness";
}

/** Content that must not be used. */
export interface Rejection {
  readonly content: Fingerprint;
  /** When it is tried again, unless it changes before; undefined is never. */
  readonly retryAt: number | undefined;
}

/** What a child is started on, where that is known before a look at the paths. */
export interface StartContent {
  readonly baseline: Fingerprint;
  /** What the paths hold instead, and must not be used. */
  readonly rejected: Rejection | undefined;
}

/** What follows when the child and its group are gone. */
export type Goal =
  /** The next child is started: on this content, or else on what the paths hold then. */
  | {
    readonly kind: "restart";
    readonly reason: Reason;
    readonly on: StartContent | undefined;
    /** Why this one is stopped, where the reason of the next one does not say that. */
    readonly endReason?: EndReason;
  }
  /** Another child has the place, so nothing follows. */
  | {
    readonly kind: "retire";
    /** Why this one is stopped, if it does not end by itself. */
    readonly reason: EndReason;
  }
  /** The manager was asked to stop, and ends. */
  | { readonly kind: "shutdown" }
  /** The child ended by itself, and the manager ends with its exit code. */
  | { readonly kind: "follow" }
  /** The child ended by itself, or did not answer; the next one is started after a pause, on this content or on what the paths hold then. */
  | {
    readonly kind: "revive";
    readonly reason: "crash" | "liveness";
    readonly waitMs: number;
    readonly on: StartContent | undefined;
  }
  /** An operator has stopped the child; the next one, when it is asked for, has this content or what the paths hold then. */
  | { readonly kind: "halt"; readonly on: StartContent | undefined }
  /** The child did not answer, and the manager ends with a code of its own for that. */
  | { readonly kind: "hung" }
  /** A bug of ours: the manager ends with exit code 70. */
  | { readonly kind: "bug" };

/** A wait for what `--wait-for` names, which ends with the timer `await`. */
export interface DependencyWait {
  readonly ticket: number;
  /** Each in the operator's notation, with its last answer if it has given one. */
  readonly missing: readonly string[];
}

/** No child is running; the next one is started when what `--wait-for` names is there. */
export interface Awaiting extends Start {
  readonly kind: "awaiting";
  /** What to start on; undefined is what the paths hold then. */
  readonly on: StartContent | undefined;
  readonly wait: DependencyWait;
}

/** A start waits, because the paths hold other content than when they were last stable. */
export interface StartWait {
  /** When the wait began, or when an empty or missing file was filled since. */
  readonly since: number;
  /** When the content last changed. */
  readonly changedAt: number;
  /** What the latest look found; a path that is gone stands there as an empty file. */
  readonly content: Fingerprint;
  /** Whether some path is gone, or an empty file that was not empty before. */
  readonly isUnfinished: boolean;
  /** Whether the last change replaced files as a whole, and that is trusted. */
  readonly replaced: boolean;
}

/** No child is running; a look at the paths finds what the next child is started on. */
export interface Preparing extends Start {
  readonly kind: "preparing";
  /** A look that began earlier does not count. */
  readonly since: number;
  /** Half-written content is no baseline, so content that is not stable is waited for. */
  readonly wait: StartWait | undefined;
  /** When a first look that takes long is to be spoken of next; undefined unless one does. */
  readonly patienceEndsAt: number | undefined;
  /** What the latest look found while a path was still being read; undefined before. */
  readonly partly: Fingerprint | undefined;
  /** When content was first vetted for this start, if it changed meanwhile. */
  readonly vettedFrom: number | undefined;
}

/** No child is running; the content of the next child is being vetted. */
export interface Proving extends Start {
  readonly kind: "proving";
  /** What the host was asked for: a verdict on the baseline, or a copy of whatever the paths hold. */
  readonly asked: "verdict" | "copy";
  readonly baseline: Fingerprint;
  readonly ticket: number;
  /** When content was first vetted for this start. */
  readonly since: number;
}

/** No child is running; `--before-start` runs for the one that is to be started. */
export interface BeforeStart extends Start, StartContent {
  readonly kind: "beforeStart";
  readonly ticket: number;
  /** Set if the hook is being ended, and nothing is started after it. */
  readonly stop:
    | { readonly goal: Goal; readonly signal: Signal }
    | undefined;
}

/** A child is being started; the answer of the host is awaited. */
export interface Spawning extends Start, StartContent {
  readonly kind: "spawning";
  /** Set if the child is to be stopped as soon as it runs. */
  readonly stop:
    | { readonly goal: Goal; readonly signal: Signal }
    | undefined;
}

/** A start failed for a passing reason; the timer `retry` tries again. */
export interface Retrying extends Start {
  readonly kind: "retrying";
  /** What to start on; undefined is what the paths hold then. */
  readonly on: StartContent | undefined;
}

/** The child ended by itself or did not answer, or a start has failed; the timer `retry` starts the next child, or content that changes does. */
export interface BackingOff {
  readonly kind: "backingOff";
  readonly since: number;
  /** The end of the pause; other content may end it before. */
  readonly retryAt: number;
  /** Whether there is other content, which is used when its turn comes. */
  readonly cured: boolean;
  /** What to start on otherwise; undefined is what the paths hold then. */
  readonly on: StartContent | undefined;
  /** Why it is started then: `crash`, `liveness`, or the reason of the start that failed. */
  readonly reason: Reason;
  /**
   * What the child has left on the paths; undefined before the first look after its end.
   * It may differ from what the child had, if the child wrote its own configuration.
   */
  readonly base: Fingerprint | undefined;
  /** The paths that were still being read then. */
  readonly unread: Observation["unread"];
  readonly change: Change;
  readonly held: readonly Signal[];
}

/** No child is running, because an operator has stopped it; none is started until he asks for one. */
export interface Halted {
  readonly kind: "halted";
  readonly since: number;
  /** What to start on, unless the paths hold other content by then; undefined is what they hold. */
  readonly on: StartContent | undefined;
  /** What the paths held when they were last decided on; undefined before the first look. */
  readonly base: Fingerprint | undefined;
  readonly change: Change;
  readonly held: readonly Signal[];
}

/** New content that the child may be given. */
export interface Candidate {
  readonly content: Fingerprint;
  /**
   * Whether there is nothing to do if the paths hold the child's content again.
   * Not so if nobody knows what the child has read: only a reload settles that.
   */
  readonly revertible: boolean;
  /** How long after the child was started, or told of its content, it was first seen; undefined if it is asked for by an operator, or tried again. */
  readonly distanceMs: number | undefined;
  /** Whether an operator asked for it: then it is put into effect by a restart, changed or not. */
  readonly requested: boolean;
  /** Whether that operator wants it although it was rejected, by this manager or by its fleet. */
  readonly isForced: boolean;
  /** Whether it was still changing when the maximum wait ended. */
  readonly isRestless: boolean;
  /** What was rejected before it, and is not to be tried again if that is what a copy of it holds. */
  readonly refused: Rejection | undefined;
}

/** What one candidate is put into effect by, in this order; `none` stands alone. */
export type Actions = readonly [Gentle, ...Gentle[]];

/** What is being done about content that differs from the child's. */
export type Pending =
  | { readonly kind: "none" }
  /** It waits for its turn, which comes with the timer `defer` or with `resume`. */
  | { readonly kind: "deferred"; readonly candidate: Candidate }
  | {
    readonly kind: "vetting";
    readonly candidate: Candidate;
    readonly ticket: number;
    /** What the ticket is for; a copy is asked for where the content is never the same for long enough to be saved. */
    readonly asked: "verdict" | "copy";
  }
  /** It waits for a slot of the fleet; the child hears of it afterwards. */
  | {
    readonly kind: "queued";
    readonly candidate: Candidate;
    readonly ticket: number;
    /** Why it has no slot yet; undefined before the first answer. */
    readonly why: string | undefined;
    /** Since when the fleet cannot be asked; undefined while it can. */
    readonly unreachableSince: number | undefined;
  }
  /** It is accepted, and the child that runs is stopped for it when what `--wait-for` names is there. */
  | {
    readonly kind: "awaiting";
    readonly candidate: Candidate;
    readonly wait: DependencyWait;
  }
  /** `--before-start` runs for it, while the child that it replaces goes on running. */
  | {
    readonly kind: "hooking";
    readonly candidate: Candidate;
    readonly ticket: number;
    /** Whether looks have found other content meanwhile. */
    readonly changedMeanwhile: boolean;
  }
  /** It is being put into effect without a restart. */
  | {
    readonly kind: "acting";
    readonly candidate: Candidate;
    readonly actions: Actions;
    /** How many of them are done; the ticket is that of the next one. */
    readonly done: number;
    readonly ticket: number;
    /** Whether looks have found other content meanwhile, which the action may have read. */
    readonly changedMeanwhile: boolean;
  }
  /** It must not be used; nothing is done until the content changes again, or until `retryAt`. */
  | {
    readonly kind: "rejected";
    readonly candidate: Candidate;
    /** When it was rejected; a look that began earlier says nothing about it. */
    readonly at: number;
    /** When the timer `defer` gives it another turn; undefined is never. */
    readonly retryAt: number | undefined;
    /** Whether a look has found since then what the paths hold; it is not tried again before. */
    readonly isLookedAt: boolean;
  };

/** Whether the child has shown that it works. */
export type Readiness =
  | { readonly kind: "ready" }
  /**
   * The child must give its sign before the timer `ready`, or survive until then: as
   * its content is saved and nothing else shows that it works, or (`soak`) because it
   * is ready and tries the content for its fleet.
   */
  | {
    readonly kind: "awaited";
    readonly proof: "sign" | "survival" | "soak";
    /** Whether its content is new: if the child fails, the last good content is used again. */
    readonly trial: boolean;
    readonly by: number;
    /** The last answer that was no; undefined before the first one. */
    readonly why: string | undefined;
  }
  /** The time is over without the sign, which may still come. */
  | { readonly kind: "late" };

/** Whether a child still answers (`--live`). It is asked while it is `running` and ready, and by nothing else. */
export interface Liveness {
  /** Since when it is asked; undefined: it is not ready yet. */
  readonly since: number | undefined;
  /** From one question to the next: `--live-interval`, or what the child has set itself; undefined: it wants no question. */
  readonly everyMs: number | undefined;
  /** The number of the latest question. */
  readonly question: number;
  /** When that was asked; undefined when it is over. */
  readonly askedAt: number | undefined;
  /** When the child last answered; undefined: never. */
  readonly answeredAt: number | undefined;
  /** Questions in a row that it did not answer. */
  readonly failures: number;
  /** Why the latest of them failed. */
  readonly why: string | undefined;
  /** When it was last told of new content; what it was asked before does not count. */
  readonly reloadedAt: number;
}

/** An operator has asked for a reload, and the content for it is not known yet. */
export interface ReloadRequest {
  /** A look that began earlier does not count. */
  readonly since: number;
  /** Whether content that was rejected is tried again. */
  readonly force: boolean;
}

/** Content that a signal has told a child of, before another action of the same change failed. */
export interface HalfTold {
  readonly content: Fingerprint;
  /** A child that ends by itself before this has failed on it. */
  readonly until: number;
}

/** One child runs, and nobody has asked it to stop. */
export interface Running {
  readonly kind: "running";
  readonly run: number;
  readonly pid: number;
  /** Why it was started. */
  readonly reason: Reason;
  readonly startedAt: number;
  /** When it was started, or an action last told it of its content. */
  readonly toldAt: number;
  /** What the paths held when this child was started, or what was accepted since. */
  readonly baseline: Fingerprint;
  /** The content that it was started on, or told of since. With the action `none` a child is not told. */
  readonly given: Fingerprint;
  /** Paths of which the child may have other content, because an action for them failed: only a reload settles that. */
  readonly doubtful: readonly number[];
  /** Undefined if no signal has told it of content that was rejected then. */
  readonly halfTold: HalfTold | undefined;
  readonly change: Change;
  readonly pending: Pending;
  readonly request: ReloadRequest | undefined;
  readonly readiness: Readiness;
  /** Undefined without `--live`. */
  readonly liveness: Liveness | undefined;
  /** Signals for this child that wait until it can receive them. */
  readonly held: readonly Signal[];
}

/** The child is to be stopped when its clients have left it; the timer `drain` sends the stop signal. */
export interface Draining {
  readonly kind: "draining";
  readonly child: Running;
  readonly goal: Goal;
  readonly signal: Signal;
}

/** Two children run: the next one must be ready before the old one is stopped. */
export interface Overlapping {
  readonly kind: "overlapping";
  readonly old: Running;
  /** What the next child is started on. */
  readonly candidate: Candidate;
  readonly next: NextChild;
}

/** The next child during an overlap. */
export type NextChild =
  | {
    readonly kind: "spawning";
    readonly run: number;
    /** Set if both are to be stopped: the next one is not started any more, or stopped as soon as it runs. */
    readonly stop:
      | { readonly goal: Goal; readonly signal: Signal }
      | undefined;
    /** Signals that the old child was sent meanwhile. */
    readonly held: readonly Signal[];
  }
  /** It must be ready before the timer `ready`. */
  | { readonly kind: "warming"; readonly child: Running }
  /** It is ready, and takes the place of the old one with the timer `drain`. */
  | { readonly kind: "waiting"; readonly child: Running };

/** How far the end of a child has gone. */
export type Phase =
  /** The child ended by itself, and nobody has asked the rest of its group to end. */
  | { readonly kind: "unasked" }
  /** The stop signal was sent, and SIGKILL follows at `by`. */
  | { readonly kind: "asked"; readonly by: number }
  /** SIGKILL was sent, and its effect is waited for until `by`. */
  | { readonly kind: "killed"; readonly by: number }
  /** It has outlived SIGKILL. Nothing may be started beside it, so it is waited for without a limit. */
  | { readonly kind: "stuck" }
  /** It is over, and a child that retires is waited for: no third one is started beside that. */
  | { readonly kind: "over" };

/** The stop signal was sent to the child's group, and the leader of the group still runs. */
export interface Stopping {
  readonly kind: "stopping";
  readonly run: number;
  readonly pid: number;
  readonly goal: Goal;
  readonly signal: Signal;
  readonly phase: Exclude<Phase, { kind: "unasked" | "over" }>;
  /** Signals that still wait, for the next child if one follows. */
  readonly held: readonly Signal[];
}

/** The leader has ended, and the rest of its group must end before the manager goes on. */
export interface Sweeping {
  readonly kind: "sweeping";
  readonly run: number;
  readonly pid: number;
  readonly goal: Goal;
  readonly signal: Signal;
  /** How the leader ended. */
  readonly leader: ExitStatus;
  /** Why it ended. */
  readonly reason: EndReason;
  /** When its end was heard of. */
  readonly endedAt: number;
  /** What the first look since then has found: other content than this is none that the child has written. */
  readonly left: Pick<Observation, "fingerprint" | "unread"> | undefined;
  readonly phase: Exclude<Phase, { kind: "stuck" }>;
  /** The latest wait between two questions whether anyone is left. */
  readonly probeMs: number;
  /** Signals for the next child, if one follows. */
  readonly held: readonly Signal[];
}

/** The child and its group have ended, and `--after-exit` runs for it. */
export interface AfterExit extends
  Pick<
    Sweeping,
    | "run"
    | "pid"
    | "goal"
    | "signal"
    | "leader"
    | "reason"
    | "endedAt"
    | "left"
    | "held"
  > {
  readonly kind: "afterExit";
  readonly ticket: number;
  /** The timer `stop` ends the hook then. */
  readonly by: number;
}

/** The manager ends as soon as the child that retires has ended. */
export interface Lingering {
  readonly kind: "lingering";
  readonly code: number;
  /** Whether somebody has asked for the stop; the next request is urgent. */
  readonly stop: "asked" | "unasked";
}

/** The manager has not begun. */
export interface Idle {
  readonly kind: "idle";
  readonly held: readonly Signal[];
}

/** The manager has ended with this exit code. */
export interface Done {
  readonly kind: "done";
  readonly code: number;
}

/** The states without a child. */
export type Childless =
  | Idle
  | Awaiting
  | Preparing
  | Proving
  | Retrying
  | BackingOff
  | Halted;

export type State =
  | Childless
  | BeforeStart
  | Spawning
  | Running
  | Draining
  | Overlapping
  | Stopping
  | Sweeping
  | AfterExit
  | Lingering
  | Done;
