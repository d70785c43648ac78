/**
 * Watches for the sign by which a child tells that it is ready, for each child
 * on its own. Has no overall time limit and does not know what readiness is for;
 * the sign "log" is found elsewhere.
 */
import type { Probe } from "../../core/vocabulary/settings.ts";
import { type Answer, askOnce, type Follow, whyNoFile } from "../ask/probe.ts";
import { RepeatedQuestion } from "../ask/repeated_question.ts";
import { limit } from "../base/time_limit.ts";

export interface SignWatchOptions {
  readonly sign: Probe | { readonly kind: "notify" };
  /** From the end of one attempt to the next. */
  readonly intervalMs: number;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** So many successes in a row are the sign; at least 1. Not for notify. */
  readonly threshold: number;
  readonly follow: Follow;
  /** At most once for each watch, which is over with it. */
  readonly onReady: (run: number) => void;
  /** A "no", when its text differs from the one before. */
  readonly onAttempt?: (run: number, why: string) => void;
}

/** What a child has said needs up to this long to be heard. */
const HEARING_MS = 100;

/** A watch for one child. */
interface Watch {
  /** Looks once more, now; calls back if there is no sign, at the latest after so long. */
  readonly askNow: (ms: number, onNotReady: () => void) => void;
  readonly end: () => void;
}

/** The watches, of any number of children at once; no timer or attempt outlives the last of them. */
export class SignWatch {
  readonly #options: SignWatchOptions;
  readonly #watches = new Map<number, Watch>();

  constructor(options: SignWatchOptions) {
    this.#options = options;
  }

  /**
   * Begins to watch for the sign of incarnation `run`, in place of an earlier
   * watch of the same one; `env` is added to our environment for a probe's
   * program. Call it in the turn that starts the child and before the start:
   * what is at a `file` path then is a leftover (see FreshFile). The first
   * attempt is made right after the present turn.
   */
  watch(run: number, env: Record<string, string>): void {
    this.cancel(run);
    const { sign } = this.#options;
    this.#watches.set(
      run,
      sign.kind === "notify"
        ? new Hearing()
        : this.#question(run, this.#attempt(sign, env)),
    );
  }

  /**
   * Looks for the sign of `run` once more, now. `onNotReady` is called if it is
   * not there, at the latest after `ms`; the watch goes on.
   */
  askNow(run: number, ms: number, onNotReady: () => void): void {
    this.#watches.get(run)?.askNow(ms, onNotReady);
  }

  /** Ends the watch of `run`, if there is one; nothing is reported of it afterwards. */
  cancel(run: number): void {
    this.#watches.get(run)?.end();
    this.#watches.delete(run);
  }

  /** READY=1 has come, and its sender is not known: it is the newest watched child's. */
  notified(): void {
    if (this.#watches.size === 0) return;
    this.#ready(Math.max(...this.#watches.keys()));
  }

  /** Ends all watches. */
  close(): void {
    for (const run of [...this.#watches.keys()]) this.cancel(run);
  }

  #attempt(
    sign: Probe,
    env: Record<string, string>,
  ): (signal: AbortSignal) => Answer | Promise<Answer> {
    if (sign.kind === "file") {
      const file = new FreshFile(sign.path);
      return () => file.ask();
    }
    const { timeoutMs, follow } = this.#options;
    return (signal) => askOnce(sign, { env, timeoutMs, signal, follow });
  }

  #question(
    run: number,
    ask: (signal: AbortSignal) => Answer | Promise<Answer>,
  ): RepeatedQuestion {
    const { intervalMs, threshold, onAttempt } = this.#options;
    let successes = 0;
    let lastWhy: string | undefined;
    const isEnough = (why: Answer) => {
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

  #ready(run: number): void {
    this.cancel(run);
    this.#options.onReady(run);
  }
}

/** Nothing is asked: what the child says by itself is heard elsewhere. */
export class Hearing implements Watch {
  #cancel = (): void => {};

  askNow(ms: number, onNotReady: () => void): void {
    this.#cancel();
    this.#cancel = limit(Math.min(ms, HEARING_MS), onNotReady);
  }

  end(): void {
    this.#cancel();
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
