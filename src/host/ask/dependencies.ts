/**
 * Waits for what the child needs before its first start (`--wait-for`): asks all
 * probes at once, each until its first yes. Has no overall time limit and starts
 * nothing but the probes' programs.
 */
import type { Probe } from "../../core/vocabulary/settings.ts";
import { monotonicNow } from "../base/clock.ts";
import { askOnce, askRepeatedly, type Follow } from "./probe.ts";
import { Timers } from "../base/timers.ts";

/** A probe without a yes so far, and its last answer. */
export interface Missing {
  readonly probe: Probe;
  readonly why: string;
}

export interface DependencyOptions {
  readonly probes: readonly Probe[];
  /** For an exec probe: added to our own environment; none unless given. */
  readonly env?: Record<string, string>;
  /** Where the child will run; ours unless given. */
  readonly workdir?: string | undefined;
  /** From the end of one attempt to the next of the same probe. */
  readonly intervalMs: number;
  readonly attemptTimeoutMs: number;
  readonly follow: Follow;
  /**
   * What is missing, in the order given and never empty: when it has changed, no
   * sooner than `progressMinMs` after the time before, and at the latest
   * `signOfLifeMs` after it.
   */
  readonly onProgress: (missing: readonly Missing[]) => void;
  /** Once, when each probe has said yes; never before start() returns. */
  readonly onAvailable: () => void;
  /** 1 s unless given. */
  readonly progressMinMs?: number;
  /** 10 s unless given. */
  readonly signOfLifeMs?: number;
}

const PROGRESS_MIN_MS = 1_000;
const SIGN_OF_LIFE_MS = 10_000;
const UNANSWERED = "no answer yet";

/** One wait for all of them; it begins once. */
export class Dependencies {
  readonly #options: DependencyOptions;
  readonly #end = new AbortController();
  readonly #timers = new Timers<"progress">(() => this.#report());
  /** By index of the probe and in that order; the last answer of those without a yes. */
  readonly #missing: Map<number, string>;
  #startedAt = 0;
  /** Undefined before the first report. */
  #reportedAt: number | undefined;

  constructor(options: DependencyOptions) {
    this.#options = options;
    this.#missing = new Map(
      options.probes.map((_probe, index) => [index, UNANSWERED]),
    );
  }

  /** Asks all probes for the first time. */
  start(): void {
    this.#startedAt = monotonicNow();
    this.#schedule(this.#signOfLifeMs);
    const { probes } = this.#options;
    if (probes.length === 0) queueMicrotask(() => this.#finish());
    probes.forEach((probe, index) => void this.#ask(index, probe));
  }

  /** Nothing is asked or reported afterwards. */
  cancel(): void {
    this.#end.abort();
    this.#timers.clear();
  }

  async #ask(index: number, probe: Probe): Promise<void> {
    const { intervalMs, attemptTimeoutMs: timeoutMs, follow } = this.#options;
    const { env = {}, workdir } = this.#options;
    const { signal } = this.#end;
    const context = { env, workdir, timeoutMs, signal, follow };
    const ask = () => askOnce(probe, context);
    await askRepeatedly(ask, (why) => {
      this.#answered(index, why);
      return why === undefined;
    }, { intervalMs, signal });
  }

  #answered(index: number, why: string | undefined): void {
    if (why === this.#missing.get(index)) return;
    if (why === undefined) this.#missing.delete(index);
    else this.#missing.set(index, why);
    if (this.#missing.size === 0) return this.#finish();
    // The first report waits a little for those that have not answered at all.
    const complete = ![...this.#missing.values()].includes(UNANSWERED);
    const isFirst = this.#reportedAt === undefined;
    this.#schedule(isFirst && complete ? 0 : this.#progressMinMs);
  }

  /** A report so long after the one before, or after the start. */
  #schedule(afterMs: number): void {
    const at = (this.#reportedAt ?? this.#startedAt) + afterMs;
    this.#timers.set("progress", at);
  }

  #report(): void {
    this.#reportedAt = monotonicNow();
    this.#schedule(this.#signOfLifeMs);
    const { probes, onProgress } = this.#options;
    onProgress(
      [...this.#missing].map(([index, why]) => ({ probe: probes[index], why })),
    );
  }

  #finish(): void {
    if (this.#end.signal.aborted) return;
    this.cancel();
    this.#options.onAvailable();
  }

  get #progressMinMs(): number {
    return this.#options.progressMinMs ?? PROGRESS_MIN_MS;
  }

  get #signOfLifeMs(): number {
    return this.#options.signOfLifeMs ?? SIGN_OF_LIFE_MS;
  }
}
