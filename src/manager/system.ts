/**
 * The real system as the event loop sees it: performs each effect through a
 * part of the host.
 */
import type { Happening } from "../core/vocabulary/event.ts";
import type { Host } from "./loop.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import {
  LIMITS,
  type SpawnFailure,
  type TimerName,
} from "../core/vocabulary/event.ts";
import type { Member } from "../core/vocabulary/member.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { oomScoreKept, signalFailed } from "../core/text/manager.ts";
import { LAST_WAIT_MS } from "../host/base/time_limit.ts";
import { Timers } from "../host/base/timers.ts";
import { awakeNow, onStalled, takeStalled } from "../host/base/clock.ts";
import { type MaybeAsync, runMaybeAsync } from "../host/base/maybe_async.ts";
import { Fingerprinter } from "../host/fingerprint/fingerprinter.ts";
import { selectionsOf } from "../host/fingerprint/selection.ts";
import { Child, type Incarnation } from "../host/process/child.ts";
import { OomScore } from "../host/process/oom_score.ts";
import type { Processes } from "../host/process/processes.ts";
import { explainRefusal } from "../host/process/spawn_error.ts";
import { suspend } from "../host/process/terminal.ts";
import { Observer } from "../host/watch/observer.ts";
import {
  CopyLost,
  type ReloadSystem,
  StartHindered,
  StartRefused,
  StartWithdrawn,
} from "./reloads/reload_system.ts";
import type { SlotEffects } from "./slot_effects.ts";

export interface SystemOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: (message: Message) => void;
  readonly processes: Processes;
  readonly reloads: ReloadSystem;
  readonly slots: SlotEffects;
  readonly dispatch: (happening: Happening) => void;
  /** Takes the statuses of all processes that have ended. */
  readonly collect: () => void;
  /** Called soon after a pause in which this process did not run. */
  readonly onStalled: () => void;
  /** Called when a child's status is known, before the loop hears of it. */
  readonly beforeExit: () => void;
}

/** The system of one manager. */
export class System implements Host {
  readonly now = awakeNow;
  readonly takeStalled = takeStalled;
  readonly suspend = suspend;
  readonly log: Host["log"];
  readonly #options: SystemOptions;
  readonly #reloads: ReloadSystem;
  readonly #child: Child;
  readonly #timers: Timers<TimerName>;
  readonly #observer: Observer;
  /**
   * A start that is still waiting. The end of another child is told after its
   * answer, because a spawn must be answered first.
   */
  #starting: Promise<void> | undefined;
  /** Tells the ends of children that were not told yet. */
  readonly #ends: (() => void)[] = [];
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: SystemOptions) {
    const { settings, policy, log, processes, reloads, dispatch } = options;
    this.log = log;
    this.#options = options;
    this.#reloads = reloads;
    this.#child = new Child(processes, {
      workdir: settings.workdir,
      foreground: policy.foreground,
      oomScore: new OomScore(
        settings.oomScoreAdj,
        (why) => log(oomScoreKept(why)),
      ),
      onExit: (run, status) => {
        // Reaps the orphans that this child has hidden from the reaper, because
        // the group is probed next.
        options.beforeExit();
        reloads.ended(run);
        this.#ends.push(() =>
          this.#afterStart(() => dispatch({ kind: "exited", run, status }))
        );
        if (policy.foreground) {
          // ^C reaches the child and us at once. Its end may be found before the
          // runtime has told us of the signal, but after that has arrived.
          setTimeout(() => this.#tellEnds(), LAST_WAIT_MS);
        } else this.#tellEnds();
      },
      onSignalError: (...what) => log(signalFailed(...what)),
    });
    this.#timers = new Timers({
      fire: (name) => dispatch({ kind: "timer", name }),
      limits: LIMITS,
      takeIn: () => {
        options.collect();
        this.#tellEnds();
      },
    });
    onStalled(options.onStalled);
    const paths = policy.configs.map(({ path }) => path);
    const selections = selectionsOf(policy.configs, settings.ignore);
    this.#observer = new Observer({
      fingerprinter: (told) =>
        new Fingerprinter(paths, settings.compare, { ...told, selections }),
      now: awakeNow,
      onObserved: (startedAt, observation) => {
        dispatch({ kind: "observed", startedAt, observation });
        this.#looked.resolve();
      },
      onError: (error) => {
        dispatch({ kind: "bug", detail: String(error) });
        this.#looked.resolve();
      },
    });
  }

  /** Resolves when the loop has answered the first look. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /** Reads some of the files again: see `Fingerprinter.verify`. */
  verify(bytes: number): Promise<readonly string[]> {
    return this.#observer.verify(bytes);
  }

  look(...what: Parameters<Host["look"]>): void {
    this.#observer.look(...what);
  }

  spawn(run: number, occasion: Occasion): void {
    const work = runMaybeAsync(this.#spawn(run, occasion));
    if (!(work instanceof Promise)) return;
    const starting = work.finally(() => {
      // The answer to this start may already have led to another start.
      if (this.#starting === starting) this.#starting = undefined;
    });
    this.#starting = starting;
  }

  #tellEnds(): void {
    for (const tell of this.#ends.splice(0)) tell();
  }

  /** Calls `tell` at once, or after the start that is under way. */
  #afterStart(tell: () => void): void {
    if (this.#starting === undefined) tell();
    else void this.#starting.then(() => this.#afterStart(tell));
  }

  /** Never throws. */
  *#spawn(run: number, occasion: Occasion): MaybeAsync<void> {
    try {
      this.#start(run, yield* this.#reloads.incarnation(run, occasion));
    } catch (error) {
      this.#notStarted(run, error);
    }
  }

  #start(run: number, incarnation: Incarnation): void {
    const { dispatch, settings } = this.#options;
    const result = this.#child.spawn(run, incarnation);
    if (result.kind === "started") {
      this.#reloads.started(run, result.pid);
      return dispatch({ kind: "spawned", run, pid: result.pid });
    }
    this.#reloads.ended(run);
    const { argv: [command], env: { PATH } } = incarnation;
    const { refusal } = result;
    this.#failed(run, explainRefusal(refusal, command, settings.workdir, PATH));
  }

  #notStarted(run: number, error: unknown): void {
    this.#reloads.ended(run);
    const kind = failureKind(error);
    if (kind !== undefined) {
      const detail = error instanceof Error ? error.message : String(error);
      return this.#failed(run, { kind, detail });
    }
    // An unknown error is a bug and ends the manager, so this start is
    // withdrawn.
    const detail = String(error);
    this.#options.dispatch({ kind: "bug", detail });
    this.#failed(run, { kind: "withdrawn", detail });
  }

  #failed(run: number, failure: SpawnFailure): void {
    this.#options.dispatch({ kind: "spawnFailed", run, failure });
  }

  signal(...what: Parameters<Host["signal"]>): void {
    this.#child.signal(...what);
  }

  isGroupAlive(run: number): boolean {
    return this.#child.isGroupAlive(run);
  }

  leave(run: number): void {
    this.#child.leave(run);
  }

  setTimer(name: TimerName, at: number | undefined): void {
    this.#timers.set(name, at);
  }

  vet(...what: Parameters<Host["vet"]>): void {
    this.#reloads.vet(...what);
  }

  capture(...what: Parameters<Host["capture"]>): void {
    this.#reloads.capture(...what);
  }

  act(...what: Parameters<Host["act"]>): void {
    this.#reloads.act(...what);
  }

  beforeStart(...what: Parameters<Host["beforeStart"]>): void {
    this.#reloads.beforeStart(...what);
  }

  afterExit(...what: Parameters<Host["afterExit"]>): void {
    this.#reloads.afterExit(...what);
  }

  endHook(ticket: number): void {
    this.#reloads.endHook(ticket);
  }

  cancel(): void {
    this.#reloads.cancel();
  }

  activate(...what: Parameters<Host["activate"]>): void {
    this.#reloads.activate(...what);
  }

  keep(...what: Parameters<Host["keep"]>): void {
    this.#reloads.keep(...what);
  }

  takeSlot(...what: Parameters<Host["takeSlot"]>): void {
    this.#options.slots.takeSlot(...what);
  }

  reportSlot(...what: Parameters<Host["reportSlot"]>): void {
    this.#options.slots.reportSlot(...what);
  }

  releaseSlot(ticket: number): void {
    this.#options.slots.releaseSlot(ticket);
  }

  showMember(member: Member): void {
    this.#options.slots.showMember(member);
  }

  askSign(run: number): void {
    this.#reloads.askSign(run);
  }

  askLive(run: number, question: number): void {
    this.#reloads.askLive(run, question);
  }

  awaitDependencies(ticket: number): void {
    this.#reloads.awaitDependencies(ticket);
  }

  askDependencies(ticket: number): void {
    this.#reloads.askDependencies(ticket);
  }
}

/** Undefined for an error that is none of the expected ones. */
function failureKind(error: unknown): SpawnFailure["kind"] | undefined {
  if (error instanceof StartRefused) return "refused";
  if (error instanceof StartHindered) return "transient";
  if (error instanceof StartWithdrawn) return "withdrawn";
  return error instanceof CopyLost ? "lost" : undefined;
}
