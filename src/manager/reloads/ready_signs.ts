/**
 * Looks for the sign by which each child tells that it is ready: asks a probe,
 * or reads the child's output; what it sends to its notify socket is received
 * elsewhere (child_messages). Several children may be starting at once.
 */
import type { ReadinessRules } from "../../core/vocabulary/settings.ts";
import {
  openPipeTap,
  type OutputTap,
  tapStreams,
} from "../../host/process/output_tap.ts";
import type { Processes, Tapping } from "../../host/process/processes.ts";
import { Hearing, SignWatch } from "../../host/ready/sign_watch.ts";
import { within } from "../../host/base/time_limit.ts";
import { filledProbe } from "./filled_probe.ts";

/** An attempt of a probe may take this long. */
export const PROBE_TIMEOUT_MS = 5_000;
/**
 * `close` waits this long for the release of taps: closing a tap
 * waits for a write to our own stdout, whose reader may never read again.
 */
const RELEASE_MS = 100;

export interface SignOptions {
  readonly rules: ReadinessRules;
  /** The directory in which children run; the manager's own if undefined. */
  readonly workdir: string | undefined;
  readonly processes: Processes;
  readonly onReady: (run: number) => void;
  /** The sign was not found by `askNow`. */
  readonly onNotReady: (run: number) => void;
  /** Gets a negative answer, if its text differs from the one before. */
  readonly onNotYet: (run: number, why: string) => void;
  /**
   * The sign existed before the child was started, and does not count for it.
   */
  readonly onRefused: () => void;
}

/** What is open for one incarnation. */
interface Child {
  watch: SignWatch | undefined;
  /** Used for a sign that the child sends by itself (`log` and `notify`). */
  readonly hearing: Hearing;
}

/** The signs of all children. */
export class ReadySigns {
  readonly #options: SignOptions;
  /**
   * The children that may be running, from before their start until their end.
   */
  readonly #children = new Map<number, Child>();
  readonly #taps = new Set<OutputTap>();

  constructor(options: SignOptions) {
    this.#options = options;
  }

  /** Incarnation `run` is to be started. */
  admit(run: number): void {
    this.ended(run);
    this.#children.set(run, { watch: undefined, hearing: new Hearing() });
  }

  /**
   * Finds out what already answers before incarnation `run` is started;
   * undefined if this sign needs no such question. `fill` fills in
   * placeholders. Resolves within a second, or when `signal` is aborted.
   */
  prepare(
    run: number,
    env: Record<string, string>,
    fill: (text: string) => string,
    signal: AbortSignal,
  ): Promise<void> | undefined {
    const { rules, processes, workdir } = this.#options;
    const { sign, intervalMs, threshold } = rules;
    const child = this.#children.get(run);
    if (sign === undefined || child === undefined) return undefined;
    if (sign.kind === "log" || sign.kind === "notify") return undefined;
    child.watch = new SignWatch({
      sign: filledProbe(sign, env, fill),
      intervalMs,
      timeoutMs: PROBE_TIMEOUT_MS,
      threshold,
      follow: (process) => processes.follow(process),
      workdir,
      onReady: this.#options.onReady,
      onAttempt: this.#options.onNotYet,
      onRefused: this.#options.onRefused,
      isAlone: () => this.#children.size === 1,
    });
    // A file is looked at by `watch`, in the turn of the event loop that starts
    // the child.
    return sign.kind === "file"
      ? undefined
      : child.watch.prepare(run, env, signal);
  }

  /**
   * Begins to look for the sign of incarnation `run`. Call it right before the
   * child's start and in the same turn of the event loop. If it returns a
   * Tapping, the child's output must be tapped that way.
   */
  watch(run: number, env: Record<string, string>): Tapping | undefined {
    const { sign } = this.#options.rules;
    this.#children.get(run)?.watch?.watch(run, env);
    return sign?.kind === "log" ? this.#tapping(run, sign.pattern) : undefined;
  }

  /** Incarnation `run` was started as process `pid`. */
  started(run: number, pid: number): void {
    const child = this.#children.get(run);
    child?.watch?.started(run, pid);
  }

  /**
   * Looks for the sign of incarnation `run` once more; then `onReady` or
   * `onNotReady` is called.
   */
  askNow(run: number): void {
    const { rules: { timeoutMs }, onNotReady } = this.#options;
    const child = this.#children.get(run);
    const ms = Math.min(PROBE_TIMEOUT_MS, timeoutMs);
    const answer = () => onNotReady(run);
    if (child?.watch !== undefined) child.watch.askNow(run, ms, answer);
    else child?.hearing.askNow(ms, answer);
  }

  /**
   * Ends the search for the sign of incarnation `run`, which has ended. Its
   * callbacks are not called afterwards.
   */
  ended(run: number): void {
    const child = this.#children.get(run);
    this.#children.delete(run);
    child?.watch?.close();
    child?.hearing.end();
  }

  /**
   * Releases everything. Resolves when the children's output is written, or
   * when OutputTap.finish stops waiting for it; output that is not written by
   * then is lost.
   */
  async close(): Promise<void> {
    for (const run of [...this.#children.keys()]) this.ended(run);
    const taps = [...this.#taps];
    await Promise.all(taps.map((tap) => tap.finish()));
    const released = taps.map((tap) => tap.close());
    await within(RELEASE_MS, Promise.all(released));
  }

  #tapping(run: number, pattern: RegExp): Tapping {
    let tap: OutputTap | undefined;
    const onLine = (line: string) => {
      if (!pattern.test(line)) return;
      tap?.stopLines();
      this.#options.onReady(run);
    };
    const keep = (made: OutputTap) => {
      tap = made;
      this.#taps.add(made);
      void made.ended.then(() => this.#taps.delete(made));
    };
    return {
      pipes: () => {
        const pipes = openPipeTap(onLine, Deno);
        if (pipes !== undefined) keep(pipes.tap);
        return pipes;
      },
      streams: (child) => keep(tapStreams(child, onLine, Deno)),
    };
  }
}
