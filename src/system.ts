/** The real system as the event loop sees it: the parts of the host, each behind its effects. */
import type { Happening, Host } from "./app.ts";
import type { Occasion } from "./core/effect.ts";
import type { SpawnFailure, TimerName } from "./core/event.ts";
import type { Fingerprint } from "./core/fingerprint.ts";
import type { Message } from "./core/message.ts";
import type { Policy } from "./core/policy.ts";
import type { Settings } from "./core/settings.ts";
import type { Signal } from "./core/signals.ts";
import { signalFailed } from "./core/start_messages.ts";
import { Child } from "./host/child.ts";
import { monotonicNow, Timers } from "./host/clock.ts";
import type { Depth, Fingerprinter } from "./host/fingerprint.ts";
import { Observer } from "./host/observer.ts";
import type { Processes } from "./host/processes.ts";
import type { explainRefusal, Refusal } from "./host/spawn_error.ts";
import { suspend } from "./host/terminal.ts";
import { CopyLost, type Provisions, StartRefused } from "./plain.ts";

/** Rest after a poll, for each file that it looked at: 5 s for 2,500 files. */
const POLL_REST_MS_PER_FILE = 2;
const POLL_REST_MAX_MS = 30_000;

type Explain = typeof explainRefusal;

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
  readonly #timers: Timers<TimerName>;
  readonly #observer: Observer;
  #fingerprinter: Fingerprinter | undefined;
  #explain: Explain | undefined;
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: SystemOptions) {
    const { settings, policy, log, processes, provisions, dispatch } = options;
    this.log = log;
    this.#options = options;
    this.#provisions = provisions;
    this.#timers = new Timers((name) => dispatch({ kind: "timer", name }));
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
    this.#observer = new Observer({
      take: (depth) => this.#take(depth),
      now: monotonicNow,
      // A poll of very many files would keep a processor busy: it may rest longer.
      pollRestMs: () =>
        Math.min(
          (this.#fingerprinter?.filesSeen ?? 0) * POLL_REST_MS_PER_FILE,
          POLL_REST_MAX_MS,
        ),
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

  /** Loads the reasons of failed starts. */
  async loadReasons(): Promise<Explain> {
    const { explainRefusal } = await import("./host/spawn_error.ts");
    return this.#explain = explainRefusal;
  }

  /** Resolves when the loop has answered the first look. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /** Only a manager with paths loads what looks at them. */
  #take(depth: Depth): Fingerprint | Promise<Fingerprint> {
    if (this.#options.policy.configs.length === 0) return [];
    return this.#fingerprinter?.look(depth) ?? this.#firstLook(depth);
  }

  async #firstLook(depth: Depth): Promise<Fingerprint> {
    const { Fingerprinter } = await import("./host/fingerprint.ts");
    const { policy, settings } = this.#options;
    const paths = policy.configs.map(({ path }) => path);
    this.#fingerprinter = new Fingerprinter(paths, settings.compare);
    return await this.#fingerprinter.look(depth);
  }

  look(...[depth, cause]: Parameters<Host["look"]>): void {
    this.#observer.look(depth, cause);
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
    const tell = (explain: Explain) =>
      this.#failed(run, explain(refusal, command, workdir));
    if (this.#explain !== undefined) return tell(this.#explain);
    const tellBare = (error: unknown) =>
      this.#failed(run, { kind: "transient", detail: String(error) });
    void this.loadReasons().then(tell, tellBare);
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
