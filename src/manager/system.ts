/** The real system as the event loop sees it: the parts of the host, each behind its effects. */
import type { Happening, Host } from "./loop.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { SpawnFailure, TimerName } from "../core/vocabulary/event.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Observation } from "../core/vocabulary/observation.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { signalFailed } from "../core/text/manager.ts";
import { Child } from "../host/process/child.ts";
import { monotonicNow } from "../host/base/clock.ts";
import type { Observer } from "../host/watch/observer.ts";
import type { Processes } from "../host/process/processes.ts";
import type { Refusal } from "../host/process/spawn_error.ts";
import { suspend } from "../host/process/terminal.ts";
import type { Timers } from "../host/base/timers.ts";
import { CopyLost, type Provisions, StartRefused } from "./plain.ts";

/** What no start waits for. */
type Late = typeof import("./late.ts");

export interface SystemOptions {
  readonly settings: Settings;
  readonly policy: Policy;
  readonly log: (message: Message) => void;
  readonly processes: Processes;
  readonly provisions: Provisions;
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
  readonly #provisions: Provisions;
  readonly #child: Child;
  /** Since the whole core is there. */
  #late:
    | { readonly parts: Late; readonly timers: Timers<TimerName> }
    | undefined;
  /** Since the first look at paths. */
  #observer: Observer | undefined;
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: SystemOptions) {
    const { settings, policy, log, processes, provisions, dispatch } = options;
    this.log = log;
    this.#options = options;
    this.#provisions = provisions;
    this.#child = new Child(processes, {
      workdir: settings.workdir,
      foreground: policy.foreground,
      onExit: (run, status) => {
        // Orphans that were hidden behind it come first: the group is probed next.
        options.beforeExit();
        provisions.ended(run);
        dispatch({ kind: "exited", run, status });
      },
      onSignalError: (...what) => log(signalFailed(...what)),
    });
  }

  /** Loads what no start waits for; from here on there are timers. */
  async load(): Promise<Late> {
    const parts = await import("./late.ts");
    const { dispatch } = this.#options;
    this.#late ??= {
      parts,
      timers: new parts.Timers<TimerName>((name) =>
        dispatch({ kind: "timer", name })
      ),
    };
    return parts;
  }

  /** Resolves when the loop has answered the first look. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  look(...[depth, cause]: Parameters<Host["look"]>): void {
    if (this.#options.policy.configs.length === 0) {
      const at = monotonicNow();
      return this.#observed(at, { at, fingerprint: [], depth, cause });
    }
    if (this.#observer !== undefined) return this.#observer.look(depth, cause);
    void this.#loadObserver().then(
      (observer) => observer.look(depth, cause),
      (error) => this.#lookFailed(error),
    );
  }

  /** Only a manager with paths loads what looks at them. */
  async #loadObserver(): Promise<Observer> {
    const { createObserver } = await import("../host/watch/looks.ts");
    const { policy, settings } = this.#options;
    return this.#observer ??= createObserver(policy.configs, settings.compare, {
      onObserved: (...what) => this.#observed(...what),
      onError: (error) => this.#lookFailed(error),
    });
  }

  #observed(startedAt: number, observation: Observation): void {
    this.#options.dispatch({ kind: "observed", startedAt, observation });
    this.#looked.resolve();
  }

  #lookFailed(error: unknown): void {
    this.#options.dispatch({ kind: "bug", detail: String(error) });
    this.#looked.resolve();
  }

  spawn(run: number, occasion: Occasion): void {
    try {
      const incarnation = this.#provisions.incarnation(run, occasion);
      const result = this.#child.spawn(run, incarnation);
      if (result.kind === "refused") {
        return this.#refused(run, result.refusal, incarnation.argv[0]);
      }
      this.#options.dispatch({ kind: "spawned", run, pid: result.pid });
    } catch (error) {
      const kind = error instanceof StartRefused
        ? "refused"
        : error instanceof CopyLost
        ? "lost"
        : undefined;
      if (kind === undefined) throw error;
      const { message: detail } = error as Error;
      this.#failed(run, { kind, detail });
    }
  }

  #refused(run: number, refusal: Refusal, command: string): void {
    this.#provisions.ended(run);
    const { workdir } = this.#options.settings;
    const tell = ({ explainRefusal }: Late) =>
      this.#failed(run, explainRefusal(refusal, command, workdir));
    if (this.#late !== undefined) return tell(this.#late.parts);
    const tellBare = (error: unknown) =>
      this.#failed(run, { kind: "transient", detail: String(error) });
    void this.load().then(tell, tellBare);
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
    if (this.#late === undefined) {
      throw new Error(`Timer ${name} was set before there are timers`);
    }
    this.#late.timers.set(name, at);
  }

  vet(...what: Parameters<Host["vet"]>): void {
    this.#provisions.vet(...what);
  }

  act(...what: Parameters<Host["act"]>): void {
    this.#provisions.act(...what);
  }

  cancel(): void {
    this.#provisions.cancel();
  }

  activate(...what: Parameters<Host["activate"]>): void {
    this.#provisions.activate(...what);
  }

  keep(...what: Parameters<Host["keep"]>): void {
    this.#provisions.keep(...what);
  }

  awaitDependencies(): void {
    this.#provisions.awaitDependencies();
  }
}
