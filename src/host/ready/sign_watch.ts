/**
 * Asks for the sign of readiness of each child until it is given. Has no
 * overall time limit and does not know what readiness is for. The signs that a
 * child sends itself ("log" and "notify") are received elsewhere.
 */
import type { FilledProbe } from "../../core/vocabulary/settings.ts";
import {
  type Answer,
  askOnce,
  type Follow,
  type Target,
  targetOf,
  whyNoFile,
} from "../ask/probe.ts";
import { RepeatedQuestion } from "../ask/repeated_question.ts";
import { absolutePath } from "../base/absolute_path.ts";
import { awakeNow } from "../base/clock.ts";
import { limit } from "../base/time_limit.ts";
import { AnswerOrigin, type SharedProbe } from "./answer_origin.ts";

export interface SignWatchOptions {
  readonly sign: FilledProbe;
  /** The pause from the end of one attempt to the next. */
  readonly intervalMs: number;
  /** The time limit of one attempt. */
  readonly timeoutMs: number;
  /** The number of successes in a row that is needed; at least 1. */
  readonly threshold: number;
  readonly follow: Follow;
  /** The directory in which the child runs; the manager's own unless given. */
  readonly workdir?: string | undefined;
  /** Called at most once for each watch, and ends it. */
  readonly onReady: (run: number) => void;
  /** Called with a negative answer, if its text differs from the one before. */
  readonly onAttempt?: (run: number, why: string) => void;
  /**
   * The sign existed before the child was started; called at most once for each
   * watch.
   */
  readonly onRefused?: (run: number) => void;
  /** Whether no other child of ours is running; true unless given. */
  readonly isAlone?: (run: number) => boolean;
}

/** How long the question before a start may delay the start. */
const PRIOR_TIMEOUT_MS = 1_000;
const PRIOR = "answered before the child was started";
/** A message of a child may take this long to be received. */
const HEARING_MS = 100;

/** The watch of one child. */
interface Watch {
  /**
   * Ends the question before the start. It is the watch's own, and not made by
   * `AbortSignal.any`, whose signals may be collected as garbage while they are
   * waited for.
   */
  readonly end: AbortController;
  /** Undefined for a file, which is judged by its own state. */
  origin: AnswerOrigin | undefined;
  /** Undefined while the watch is only prepared. */
  question: RepeatedQuestion | undefined;
  /** The sign says nothing about this child, because it existed before. */
  isPrior: boolean;
  wasRefused: boolean;
}

/**
 * The watches of any number of children at once. No timer and no attempt
 * outlives the last of them.
 */
export class SignWatch {
  readonly #options: SignWatchOptions;
  readonly #watches = new Map<number, Watch>();

  constructor(options: SignWatchOptions) {
    this.#options = options;
  }

  /**
   * Finds out what answers before the child of incarnation `run` is started.
   * Replaces an earlier watch of the same incarnation. `env` is added to our
   * environment for a probe's program. Waits at most a second, and not at all
   * for a file. `signal` ends it at once.
   */
  async prepare(
    run: number,
    env: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const watch = this.#begin(run);
    const { sign, follow, workdir } = this.#options;
    if (sign.kind === "file" || signal.aborted) return;
    const { end } = watch;
    const abort = () => end.abort();
    signal.addEventListener("abort", abort);
    try {
      const endsAt = awakeNow() + PRIOR_TIMEOUT_MS;
      const origin = new AnswerOrigin(sign, await targetInTime(sign, end));
      watch.origin = origin;
      const leftMs = endsAt - awakeNow();
      if (origin.isSeen || end.signal.aborted || leftMs <= 0) return;
      const timeoutMs = Math.min(leftMs, this.#options.timeoutMs);
      const context = { env, workdir, timeoutMs, signal: end.signal, follow };
      watch.isPrior = await askOnce(sign, context) === undefined;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Begins to watch for the sign of incarnation `run`. Call it before the
   * child's start, in the same turn of the event loop: a file that is at a
   * `file` path then is a leftover (see FreshFile). The first attempt is made
   * right after the present turn.
   */
  watch(run: number, env: Record<string, string>): void {
    const prepared = this.#watches.get(run);
    const watch = prepared === undefined || prepared.question !== undefined
      ? this.#begin(run)
      : prepared;
    watch.origin?.noteListeners();
    watch.question = this.#question(run, this.#attempt(env), watch);
  }

  /**
   * Asks for the sign of `run` once more, now. `onNotReady` is called if there
   * is no sign within `ms`; the watch goes on.
   */
  askNow(run: number, ms: number, onNotReady: () => void): void {
    this.#watches.get(run)?.question?.askNow(ms, onNotReady);
  }

  /** Incarnation `run` was started as process `pid`. */
  started(run: number, pid: number): void {
    this.#watches.get(run)?.origin?.started(pid);
  }

  /**
   * Ends the watch of `run`, if there is one; none of its callbacks is called
   * afterwards.
   */
  cancel(run: number): void {
    const watch = this.#watches.get(run);
    watch?.end.abort();
    watch?.question?.end();
    this.#watches.delete(run);
  }

  /** Ends all watches. */
  close(): void {
    for (const run of [...this.#watches.keys()]) this.cancel(run);
  }

  #attempt(
    env: Record<string, string>,
  ): (signal: AbortSignal) => Answer | Promise<Answer> {
    const { sign, timeoutMs, follow, workdir } = this.#options;
    if (sign.kind === "file") {
      const file = new FreshFile(absolutePath(sign.path, workdir));
      return () => file.ask();
    }
    return (signal) =>
      askOnce(sign, { env, workdir, timeoutMs, signal, follow });
  }

  #begin(run: number): Watch {
    this.cancel(run);
    const watch: Watch = {
      end: new AbortController(),
      origin: undefined,
      question: undefined,
      isPrior: false,
      wasRefused: false,
    };
    this.#watches.set(run, watch);
    return watch;
  }

  #question(
    run: number,
    ask: (signal: AbortSignal) => Answer | Promise<Answer>,
    watch: Watch,
  ): RepeatedQuestion {
    const { intervalMs, threshold, onAttempt } = this.#options;
    let successes = 0;
    let lastWhy: string | undefined;
    const isEnough = (answer: Answer) => {
      const why = this.#ofThisChild(run, watch, answer);
      successes = why === undefined ? successes + 1 : 0;
      if (why !== undefined && why !== lastWhy) {
        lastWhy = why;
        onAttempt?.(run, why);
      }
      if (successes < threshold) return false;
      this.#ready(run);
      return true;
    };
    return new RepeatedQuestion({ ask, isEnough, intervalMs });
  }

  /**
   * Returns the answer, or the reason why a positive answer is not this
   * child's.
   */
  #ofThisChild(run: number, watch: Watch, answer: Answer): Answer {
    const alone = this.#options.isAlone?.(run) ?? true;
    if (answer !== undefined) {
      // No other child is running, so the earlier positive answer has ended,
      // and a later one is this child's.
      if (alone) watch.isPrior = false;
      return answer;
    }
    const verdict = watch.origin?.judge(alone) ?? "unseen";
    if (verdict === "own") return undefined;
    if (verdict !== "unseen") return verdict.not;
    if (!watch.isPrior) return undefined;
    if (!watch.wasRefused) {
      watch.wasRefused = true;
      this.#options.onRefused?.(run);
    }
    return PRIOR;
  }

  #ready(run: number): void {
    this.cancel(run);
    this.#options.onReady(run);
  }
}

/**
 * The search for a sign that the child sends by itself: nothing is asked, and
 * the message is received elsewhere.
 */
export class Hearing {
  #cancel = (): void => {};

  /**
   * Calls `onNotReady` after the time in which earlier messages of the child
   * are received, at the latest after `ms`.
   */
  askNow(ms: number, onNotReady: () => void): void {
    this.#cancel();
    this.#cancel = limit(Math.min(ms, HEARING_MS), onNotReady);
  }

  end(): void {
    this.#cancel();
  }
}

/**
 * The target of the probe; undefined if it is not known within
 * PRIOR_TIMEOUT_MS, and then `end` is aborted too: no time is left.
 */
async function targetInTime(
  sign: SharedProbe,
  end: AbortController,
): Promise<Target | undefined> {
  if (sign.kind === "exec") return undefined;
  const cancel = limit(PRIOR_TIMEOUT_MS, () => end.abort());
  try {
    const target = await targetOf(sign, end.signal);
    return end.signal.aborted ? undefined : target;
  } finally {
    cancel();
  }
}

/**
 * A file that counts as a sign only if it is newer than this object. A file
 * that an earlier child has left does not count.
 *
 * The rule: a file counts if there was no file at the beginning or at any
 * question since, or if it differs from the file at the beginning (in device,
 * inode, size, mtime or ctime). Times are only compared with each other, never
 * with the clock: the runtime gives ctime in whole seconds, the time of a file
 * system may be some milliseconds behind the clock, and mtime can be set to any
 * value. So a leftover counts when it is touched, written or replaced, also by
 * a file with an older mtime. Only one change is not noticed: one that leaves
 * the inode and the size, within the millisecond (and the second of ctime) in
 * which the leftover itself was last modified.
 */
class FreshFile {
  readonly #path: string;
  /** The state of the leftover; undefined if every file counts. */
  #leftover: string | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#leftover = stateOf(path);
  }

  ask(): Answer {
    const state = stateOf(this.#path);
    if (state === undefined) {
      this.#leftover = undefined;
      return whyNoFile(this.#path) ?? "does not exist";
    }
    return state === this.#leftover
      ? "was there before the start and has not changed since"
      : undefined;
  }
}

/**
 * A text that identifies a state of the file; undefined if there is no file
 * that we may see.
 */
function stateOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtime, ctime } = Deno.statSync(path);
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(":");
  } catch {
    return undefined;
  }
}
