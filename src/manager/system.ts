/** The real system as the event loop sees it: the parts of the host, each behind its effects. */
import type { Happening, Host } from "./loop.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { SpawnFailure, TimerName } from "../core/vocabulary/event.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { signalFailed } from "../core/text/manager.ts";
import { Timers } from "../host/base/timers.ts";
import {
  type MaybeAsync,
  runAtOnce,
  runMaybeAsync,
} from "../host/base/maybe_async.ts";
import { monotonicNow } from "../host/base/clock.ts";
import { Fingerprinter } from "../host/files/fingerprinter.ts";
import { Child } from "../host/process/child.ts";
import type { Processes } from "../host/process/processes.ts";
import { explainRefusal } from "../host/process/spawn_error.ts";
import { suspend } from "../host/process/terminal.ts";
import { Observer } from "../host/watch/observer.ts";
import {
  CopyLost,
  type ReloadSystem,
  StartRefused,
  StartWithdrawn,
} from "./reload_system.ts";

export interface SystemOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: (message: Message) => void;
  readonly processes: Processes;
  readonly reloads: ReloadSystem;
  readonly dispatch: (happening: Happening) => void;
  /** Called when a child's status is known, before the loop hears of it. */
  readonly beforeExit: () => void;
}

/** One manager's. */
export class System implements Host {
  readonly now = monotonicNow;
  readonly suspend = suspend;
  readonly log: Host["log"];
  readonly #options: SystemOptions;
  readonly #reloads: ReloadSystem;
  readonly #child: Child;
  readonly #timers: Timers<TimerName>;
  readonly #observer: Observer;
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: SystemOptions) {
    const { settings, policy, log, processes, reloads, dispatch } = options;
    this.log = log;
    this.#options = options;
    this.#reloads = reloads;
    this.#child = new Child(processes, {
      workdir: settings.workdir,
      foreground: policy.foreground,
      onExit: (run, status) => {
        // Orphans that were hidden behind it come first: the group is probed next.
        options.beforeExit();
        reloads.ended(run);
        dispatch({ kind: "exited", run, status });
      },
      onSignalError: (...what) => log(signalFailed(...what)),
    });
    this.#timers = new Timers((name) => dispatch({ kind: "timer", name }));
    const paths = policy.configs.map(({ path }) => path);
    this.#observer = new Observer({
      fingerprinter: new Fingerprinter(paths, settings.compare),
      now: monotonicNow,
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

  look(...what: Parameters<Host["look"]>): void {
    this.#observer.look(...what);
  }

  spawn(run: number, occasion: Occasion): void {
    const work = this.#spawn(run, occasion);
    // Beside a child that may end meanwhile, the core waits for nothing.
    if (occasion.beside) runAtOnce(work);
    else void runMaybeAsync(work);
  }

  *#spawn(run: number, occasion: Occasion): MaybeAsync<void> {
    const { dispatch, settings } = this.#options;
    try {
      const incarnation = yield* this.#reloads.incarnation(run, occasion);
      const result = this.#child.spawn(run, incarnation);
      if (result.kind === "started") {
        return dispatch({ kind: "spawned", run, pid: result.pid });
      }
      this.#reloads.ended(run);
      const [command] = incarnation.argv;
      const { refusal } = result;
      this.#failed(run, explainRefusal(refusal, command, settings.workdir));
    } catch (error) {
      const kind = error instanceof StartRefused
        ? "refused"
        : error instanceof CopyLost
        ? "lost"
        : error instanceof StartWithdrawn
        ? "withdrawn"
        : "transient";
      this.#reloads.ended(run);
      const detail = error instanceof Error ? error.message : String(error);
      this.#failed(run, { kind, detail });
    }
  }

  #failed(run: number, failure: SpawnFailure): void {
    this.#options.dispatch({ kind: "spawnFailed", run, failure });
  }

  signal(run: number, signal: Signal): void {
    this.#child.signal(run, signal);
  }

  isGroupAlive(run: number): boolean {
    return this.#child.isGroupAlive(run);
  }

  setTimer(name: TimerName, at: number | undefined): void {
    this.#timers.set(name, at);
  }

  vet(...what: Parameters<Host["vet"]>): void {
    this.#reloads.vet(...what);
  }

  act(...what: Parameters<Host["act"]>): void {
    this.#reloads.act(...what);
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

  awaitDependencies(): void {
    this.#reloads.awaitDependencies();
  }
}
