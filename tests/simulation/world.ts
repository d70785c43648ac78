/**
 * A simulated system under the real event loop: virtual time, paths, children
 * with process groups, signals, late and lost hints. It records what an
 * invariant needs; it judges nothing.
 */
import { App, type Host } from "../../src/app.ts";
import type { Observation } from "../../src/core/config_watch.ts";
import type { SpawnFailure, TimerName } from "../../src/core/event.ts";
import type { ExitStatus } from "../../src/core/exit_status.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Signal, SIGNAL_NUMBERS } from "../../src/core/signals.ts";
import type { step } from "../../src/core/step.ts";
import { Agenda } from "./agenda.ts";
import { Disk, type Entry } from "./disk.ts";

/** How one incarnation behaves. */
export interface Character {
  /** From the stop signal to the end; Infinity ignores it. */
  readonly stopMs: number;
  /** What it ends with when it stops; undefined is by the signal itself. */
  readonly stopCode: number | undefined;
  /** From SIGKILL to the end (an uninterruptible wait). */
  readonly killMs: number;
  /** When it ends by itself. */
  readonly crash:
    | { readonly afterMs: number; readonly status: ExitStatus }
    | undefined;
  /** The rest of its group: how long it outlives a stop signal; undefined is nobody. */
  readonly siblingMs: number | undefined;
  readonly spawnFailure: SpawnFailure | undefined;
}

/** One started child. */
export interface Child {
  readonly run: number;
  readonly startedAt: number;
  /** What it read when it started. */
  readonly read: readonly Entry[];
  readonly character: Character;
  readonly signals: Signal[];
  /** Whether it was sent the stop signal while it was alive. */
  askedToStop: boolean;
  alive: boolean;
  siblingAlive: boolean;
  end: { readonly status: ExitStatus; readonly at: number } | undefined;
}

export interface WorldOptions {
  readonly policy: Policy;
  readonly paths: number;
  readonly characterOf: (run: number) => Character;
  readonly lookMs: () => number;
  /** The decisions under test. */
  readonly decide: typeof step;
  /** Puts faults into the host; none by default. */
  readonly wrap?: (host: Host) => Host;
}

/** A passing failure passes after so many attempts. */
const FAILURES_MAX = 3;

export class World {
  readonly agenda = new Agenda();
  readonly disk: Disk;
  readonly children: Child[] = [];
  readonly app: App;
  /** Why the latest attempt to start a child failed; undefined when it did not. */
  spawnFailure: SpawnFailure | undefined;
  #failures = 0;
  readonly #options: WorldOptions;
  readonly #timers = new Map<TimerName, object>();
  #looking = false;
  #wish: (() => void) | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.disk = new Disk(options.paths);
    const wrap = options.wrap ?? ((host: Host) => host);
    this.app = new App(wrap(this.#host()), options.policy, options.decide);
  }

  /** Timers that are armed now. */
  get armedTimers(): number {
    return this.#timers.size;
  }

  #host(): Host {
    return {
      now: () => this.agenda.now,
      log: () => {},
      look: (depth, cause) => this.#look(depth, cause),
      spawn: (run) => this.#spawn(run),
      signal: (run, signal) => this.#signal(run, signal),
      isGroupAlive: (run) => {
        const child = this.#child(run);
        return child !== undefined && (child.alive || child.siblingAlive);
      },
      setTimer: (name, at) => this.#setTimer(name, at),
      suspend: () => {},
    };
  }

  #setTimer(name: TimerName, at: number | undefined): void {
    this.#timers.delete(name);
    if (at === undefined || at === Infinity) return;
    const token = {};
    this.#timers.set(name, token);
    this.agenda.after(Math.max(0, at - this.agenda.now), () => {
      if (this.#timers.get(name) !== token) return;
      this.#timers.delete(name);
      this.app.dispatch({ kind: "timer", name });
    });
  }

  /** One look at a time; a wish during a look is granted after it. */
  #look(
    depth: Observation["depth"],
    cause: Observation["cause"],
  ): void {
    const take = () => {
      this.#looking = true;
      const startedAt = this.agenda.now;
      const fingerprint = this.disk.fingerprint();
      this.agenda.after(this.#options.lookMs(), () => {
        const at = this.agenda.now;
        const observation = { at, fingerprint, depth, cause };
        // What is asked for meanwhile is a wish: looks never overlap.
        this.app.dispatch({ kind: "observed", startedAt, observation });
        this.#looking = false;
        const wish = this.#wish;
        this.#wish = undefined;
        wish?.();
      });
    };
    if (this.#looking) this.#wish = take;
    else take();
  }

  #spawn(run: number): ReturnType<Host["spawn"]> {
    const character = this.#options.characterOf(run);
    const { spawnFailure, crash } = character;
    this.spawnFailure = undefined;
    if (spawnFailure !== undefined && this.#failures < FAILURES_MAX) {
      this.#failures++;
      this.spawnFailure = spawnFailure;
      return { kind: "failed", failure: spawnFailure };
    }
    const child: Child = {
      run,
      startedAt: this.agenda.now,
      read: this.disk.entries,
      character,
      signals: [],
      askedToStop: false,
      alive: true,
      siblingAlive: character.siblingMs !== undefined,
      end: undefined,
    };
    this.children.push(child);
    if (crash !== undefined) {
      this.agenda.after(crash.afterMs, () => this.#end(child, crash.status));
    }
    return { kind: "spawned", pid: 1000 + run };
  }

  #signal(run: number, signal: Signal): void {
    const child = this.#child(run);
    if (child === undefined) return;
    const { character } = child;
    child.signals.push(signal);
    const number = SIGNAL_NUMBERS[signal];
    if (signal === "SIGKILL") {
      child.siblingAlive = false;
      const status = { kind: "signal", number } as const;
      this.agenda.after(character.killMs, () => this.#end(child, status));
    } else if (signal === this.#options.policy.stopSignal) {
      if (child.alive) child.askedToStop = true;
      this.agenda.after(character.siblingMs ?? 0, () => {
        child.siblingAlive = false;
      });
      if (character.stopMs === Infinity) return;
      const code = character.stopCode;
      const status: ExitStatus = code === undefined
        ? { kind: "signal", number }
        : { kind: "code", code };
      this.agenda.after(character.stopMs, () => this.#end(child, status));
    }
  }

  #end(child: Child, status: ExitStatus): void {
    if (!child.alive) return;
    child.alive = false;
    child.end = { status, at: this.agenda.now };
    this.app.dispatch({ kind: "exited", run: child.run, status });
  }

  #child(run: number): Child | undefined {
    return this.children.findLast((child) => child.run === run);
  }
}
