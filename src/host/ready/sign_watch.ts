/**
 * Asks until a child has given its sign of readiness, for each child on its own.
 * Has no overall time limit and does not know what readiness is for; the signs
 * that a child sends itself ("log" and "notify") are found elsewhere.
 */
import type { Probe } from "../../core/vocabulary/settings.ts";
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
  readonly sign: Probe;
  /** From the end of one attempt to the next. */
  readonly intervalMs: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** So many successes in a row are the sign; at least 1. */
  readonly threshold: number;
  readonly follow: Follow;
  /** Where the child runs; ours unless given. */
  readonly workdir?: string | undefined;
  /** At most once for each watch, which is over with it. */
  readonly onReady: (run: number) => void;
  /** A "no", when its text differs from the one before. */
  readonly onAttempt?: (run: number, why: string) => void;
  /** The sign was there before the child; at most once for each watch. */
  readonly onRefused?: (run: number) => void;
  /** Whether no other child of ours runs; so it is unless given. */
  readonly isAlone?: (run: number) => boolean;
}

/** How long the question before a start may hold up the start. */
const PRIOR_TIMEOUT_MS = 1_000;
const PRIOR = "answered before the child was started";
/** What a child has said needs up to this long to be heard. */
const HEARING_MS = 100;

/** The watch of one child. */
interface Watch {
  readonly end: AbortController;
  /** Undefined for a file, which is known by itself. */
  origin: AnswerOrigin | undefined;
  /** Undefined while it is only prepared. */
  question: RepeatedQuestion | undefined;
  /** The sign says nothing about this child: it was there before. */
  isPrior: boolean;
  wasRefused: boolean;
}

/** The watches, of any number of children at once; no timer or attempt outlives the last of them. */
export class SignWatch {
  readonly #options: SignWatchOptions;
  readonly #watches = new Map<number, Watch>();

  constructor(options: SignWatchOptions) {
    this.#options = options;
  }

  /**
   * Finds out what answers before the child of incarnation `run` is started, in
   * place of an earlier watch of the same one; `env` is added to our environment
   * for a probe's program. Waits no longer than a second, and not at all for a
   * file. `signal` ends it at once.
   */
  async prepare(
    run: number,
    env: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const watch = this.#begin(run);
    const { sign, follow, workdir } = this.#options;
    if (sign.kind === "file") return;
    const end = AbortSignal.any([watch.end.signal, signal]);
    const endsAt = awakeNow() + PRIOR_TIMEOUT_MS;
    const origin = new AnswerOrigin(sign, await targetInTime(sign, end));
    watch.origin = origin;
    const leftMs = endsAt - awakeNow();
    if (origin.isSeen || end.aborted || leftMs <= 0) return;
    const timeoutMs = Math.min(leftMs, this.#options.timeoutMs);
    const context = { env, workdir, timeoutMs, signal: end, follow };
    const why = await askOnce(sign, context);
    watch.isPrior = why === undefined;
  }

  /**
   * Begins to watch for the sign of incarnation `run`. Call it in the turn that
   * starts the child and before the start: what is at a `file` path then is a
   * leftover (see FreshFile). The first attempt is made right after the present
   * turn.
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
   * Looks for the sign of `run` once more, now. `onNotReady` is called if it is
   * not there, at the latest after `ms`; the watch goes on.
   */
  askNow(run: number, ms: number, onNotReady: () => void): void {
    this.#watches.get(run)?.question?.askNow(ms, onNotReady);
  }

  /** The child of incarnation `run` is this process. */
  started(run: number, pid: number): void {
    this.#watches.get(run)?.origin?.started(pid);
  }

  /** Ends the watch of `run`, if there is one; nothing is reported of it afterwards. */
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

  /** The answer, or why a yes is not this child's. */
  #ofThisChild(run: number, watch: Watch, answer: Answer): Answer {
    const alone = this.#options.isAlone?.(run) ?? true;
    if (answer !== undefined) {
      // Nobody else can have taken back the old answer and given a new one.
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

/** Nothing is asked: what the child says by itself is heard elsewhere. */
export class Hearing {
  #cancel = (): void => {};

  /** Calls back when all that the child has said by now is heard, at the latest after `ms`. */
  askNow(ms: number, onNotReady: () => void): void {
    this.#cancel();
    this.#cancel = limit(Math.min(ms, HEARING_MS), onNotReady);
  }

  end(): void {
    this.#cancel();
  }
}

/** Where the sign is asked; undefined where that is not known within PRIOR_TIMEOUT_MS. */
async function targetInTime(
  sign: SharedProbe,
  signal: AbortSignal,
): Promise<Target | undefined> {
  if (sign.kind === "exec") return undefined;
  const late = new AbortController();
  const cancel = limit(PRIOR_TIMEOUT_MS, () => late.abort());
  try {
    const end = AbortSignal.any([signal, late.signal]);
    const target = await targetOf(sign, end);
    return end.aborted ? undefined : target;
  } finally {
    cancel();
  }
}

/**
 * A file that is a sign only when it is newer than this object: a file that an
 * earlier child left would be one at once.
 *
 * The rule: it counts when nothing was there at the beginning or at any question
 * since, or when what is there is not what was there at the beginning (another
 * device, inode, size, mtime or ctime). Times are compared for being equal, never
 * with the clock: the runtime gives ctime in whole seconds, file systems lag
 * behind the clock by some milliseconds, and mtime can be set to any value. So a
 * leftover counts when it is touched, written or replaced, also by a file with an
 * older mtime. Not seen is only a change that leaves the inode and the size,
 * within the millisecond (and the second of ctime) in which the leftover itself
 * was last modified.
 */
class FreshFile {
  readonly #path: string;
  /** Undefined when everything counts. */
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

/** What tells one state of a file from another; undefined when there is none that we may see. */
function stateOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtime, ctime } = Deno.statSync(path);
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(":");
  } catch {
    return undefined;
  }
}
