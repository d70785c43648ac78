/**
 * Waits for the dependencies of a start (`--wait-for`): asks all probes at
 * once, each until its first positive answer. Has no overall time limit and
 * starts no programs but those of the probes.
 */
import type { FilledProbe } from "../../core/vocabulary/settings.ts";
import { awakeNow } from "../base/clock.ts";
import { askOnce, type Follow } from "./probe.ts";
import { RepeatedQuestion } from "./repeated_question.ts";
import { Timers } from "../base/timers.ts";

/** A probe without a positive answer so far, and its last answer. */
export interface Missing {
  readonly probe: FilledProbe;
  readonly why: string;
}

export interface DependencyOptions {
  readonly probes: readonly FilledProbe[];
  /** For an exec probe: added to our own environment; none unless given. */
  readonly env?: Record<string, string>;
  /**
   * The directory in which the child will run; the manager's own unless given.
   */
  readonly workdir?: string | undefined;
  /** From the end of one attempt to the next of the same probe. */
  readonly intervalMs: number;
  readonly attemptTimeoutMs: number;
  readonly follow: Follow;
  /**
   * Reports the missing dependencies, in the given order and never none: when
   * they have changed, but not within `progressMinMs` of the last report, and
   * at the latest `signOfLifeMs` after it.
   */
  readonly onProgress: (missing: readonly Missing[]) => void;
  /**
   * Called once, when each probe has had a positive answer; never before
   * start() has returned.
   */
  readonly onAvailable: () => void;
  /** 1 s unless given. */
  readonly progressMinMs?: number;
  /** 10 s unless given. */
  readonly signOfLifeMs?: number;
}

/** The last questions, which are asked at the end of the time limit. */
interface LastLook {
  /**
   * The indexes of the probes whose last answer was negative or did not come in
   * time.
   */
  readonly denied: Set<number>;
  readonly onMissing: (missing: readonly Missing[]) => void;
}

const PROGRESS_MIN_MS = 1_000;
const SIGN_OF_LIFE_MS = 10_000;
const UNANSWERED = "no answer yet";

/** One wait for all dependencies; it can be started once. */
export class Dependencies {
  readonly #options: DependencyOptions;
  readonly #questions = new Map<number, RepeatedQuestion>();
  #isOver = false;
  #lastLook: LastLook | undefined;
  readonly #timers = new Timers<"progress">({
    fire: () => this.#report(),
  });
  /**
   * The last answers of the probes without a positive answer, by the index of
   * the probe and in that order.
   */
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
    this.#startedAt = awakeNow();
    this.#schedule(this.#signOfLifeMs);
    const { probes } = this.#options;
    if (probes.length === 0) queueMicrotask(() => this.#finish());
    probes.forEach((probe, index) => this.#ask(index, probe));
  }

  /** Ends the wait. Nothing is asked or reported afterwards. */
  cancel(): void {
    this.#isOver = true;
    for (const question of this.#questions.values()) question.end();
    this.#timers.clear();
  }

  /**
   * Asks all probes without a positive answer once more, at once. When all have
   * answered, or after `ms`, `onMissing` gets those that are still missing. It
   * is not called if none is.
   */
  askNow(ms: number, onMissing: (missing: readonly Missing[]) => void): void {
    const denied = new Set<number>();
    this.#lastLook = { denied, onMissing };
    for (const index of this.#missing.keys()) {
      this.#questions.get(index)?.askNow(ms, () => {
        denied.add(index);
        this.#concludeLastLook();
      });
    }
  }

  #concludeLastLook(): void {
    const look = this.#lastLook;
    const isOpen = [...this.#missing.keys()].some((index) =>
      !look?.denied.has(index)
    );
    if (look === undefined || isOpen) return;
    this.#lastLook = undefined;
    look.onMissing(this.#stillMissing());
  }

  #ask(index: number, probe: FilledProbe): void {
    const { intervalMs, attemptTimeoutMs: timeoutMs, follow } = this.#options;
    const { env = {}, workdir } = this.#options;
    const question = new RepeatedQuestion({
      intervalMs,
      ask: (signal) =>
        askOnce(probe, { env, workdir, timeoutMs, signal, follow }),
      isEnough: (why) => {
        this.#answered(index, why);
        return why === undefined;
      },
    });
    this.#questions.set(index, question);
  }

  #answered(index: number, why: string | undefined): void {
    if (why === this.#missing.get(index)) return;
    if (why === undefined) this.#missing.delete(index);
    else this.#missing.set(index, why);
    if (this.#missing.size === 0) return this.#finish();
    this.#concludeLastLook();
    // The first report waits a little for probes that have not answered at all.
    const complete = ![...this.#missing.values()].includes(UNANSWERED);
    const isFirst = this.#reportedAt === undefined;
    this.#schedule(isFirst && complete ? 0 : this.#progressMinMs);
  }

  /**
   * Schedules a report for `afterMs` after the last one, or after the start.
   */
  #schedule(afterMs: number): void {
    const at = (this.#reportedAt ?? this.#startedAt) + afterMs;
    this.#timers.set("progress", at);
  }

  #report(): void {
    this.#reportedAt = awakeNow();
    this.#schedule(this.#signOfLifeMs);
    this.#options.onProgress(this.#stillMissing());
  }

  #stillMissing(): Missing[] {
    const { probes } = this.#options;
    return [...this.#missing].map(([index, why]) => ({
      probe: probes[index],
      why,
    }));
  }

  #finish(): void {
    if (this.#isOver) return;
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
