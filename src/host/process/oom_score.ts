/**
 * Makes the kernel's OOM killer prefer the child to us: the child begins with a
 * higher oom_score_adj (proc_pid_oom_score_adj(5)). Our own value is changed
 * during the child's start, so that the child and everything that it starts
 * inherit it. Raising the value and restoring it needs no privilege.
 */
import type { OomScoreAdj } from "../../core/vocabulary/settings.ts";
import { readSmallFile, writeSmallFile } from "../descriptor/small_file.ts";
import { memoryLimitBytes } from "./memory_limit.ts";

const OWN = "/proc/self/oom_score_adj";
const ADJ_MAX = 1_000;
/**
 * More than the resident memory of flush-manager (59 MiB measured). The child's
 * score is raised by this much.
 */
const OWN_WEIGHT_BYTES = 64 * 1024 * 1024;

/** The files of the kernel; a test may replace them. */
export interface OomFiles {
  readonly read: () => string | undefined;
  readonly write: (text: string) => number;
  readonly limitBytes: () => number | undefined;
}

const REAL: OomFiles = {
  read: () => readSmallFile(OWN),
  write: (text) => writeSmallFile(OWN, text),
  limitBytes: memoryLimitBytes,
};

/** Gives children their oom_score_adj. */
export class OomScore {
  readonly #setting: OomScoreAdj;
  readonly #onRefused: (why: string) => void;
  readonly #files: OomFiles;
  /**
   * Our value and the child's; null if they are the same, undefined before the
   * first start.
   */
  #values: { readonly own: number; readonly childs: number } | null | undefined;

  /**
   * `onRefused` is called once if the value cannot be changed; the child then
   * inherits ours.
   */
  constructor(
    setting: OomScoreAdj,
    onRefused: (why: string) => void,
    files = REAL,
  ) {
    this.#setting = setting;
    this.#onRefused = onRefused;
    this.#files = files;
  }

  /** Calls `start`; the program that it starts gets the child's value. */
  around<T>(start: () => T): T {
    if (this.#values === undefined) this.#values = this.#choose();
    if (this.#values === null) return start();
    const { own, childs } = this.#values;
    if (!this.#set(childs)) return start();
    try {
      return start();
    } finally {
      this.#set(own);
    }
  }

  #choose(): { readonly own: number; readonly childs: number } | null {
    const setting = this.#setting;
    if (setting === "inherit") return null;
    const text = this.#files.read();
    if (text === undefined) {
      this.#onRefused("it cannot be read");
      return null;
    }
    const own = Number(text);
    const childs = setting === "auto" ? own + this.#weight() : setting;
    return { own, childs: Math.min(childs, ADJ_MAX) };
  }

  /**
   * One point of oom_score_adj counts as much as a thousandth of the memory
   * limit in use.
   */
  #weight(): number {
    const limitBytes = this.#files.limitBytes();
    return limitBytes === undefined
      ? 0
      : Math.ceil(ADJ_MAX * OWN_WEIGHT_BYTES / limitBytes);
  }

  #set(value: number): boolean {
    const errno = this.#files.write(String(value));
    if (errno === 0) return true;
    this.#onRefused(`os error ${errno}`);
    this.#values = null;
    return false;
  }
}
