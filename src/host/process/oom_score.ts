/**
 * Makes the kernel's OOM killer prefer the child to us: the child begins with
 * another oom_score_adj (proc_pid_oom_score_adj(5)). Ours is changed around its
 * start, so that the child and all that it starts inherit the value. Raising it,
 * and going back, needs no privilege.
 */
import type { OomScoreAdj } from "../../core/vocabulary/settings.ts";
import { readSmallFile, writeSmallFile } from "../descriptor/small_file.ts";
import { memoryLimitBytes } from "./memory_limit.ts";

const OWN = "/proc/self/oom_score_adj";
const ADJ_MAX = 1_000;
/** More than flush-manager has resident (59 MiB measured): by as much the child outweighs it. */
const OWN_WEIGHT_BYTES = 64 * 1024 * 1024;

/** The kernel's files, or a test's. */
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

/** The value with which children begin. */
export class OomScore {
  readonly #setting: OomScoreAdj;
  readonly #onRefused: (why: string) => void;
  readonly #files: OomFiles;
  /** Ours and the child's; null where they are the same. */
  #values: { readonly own: number; readonly childs: number } | null | undefined;

  /** `onRefused` is told once, where the value cannot be changed: the child then inherits ours. */
  constructor(
    setting: OomScoreAdj,
    onRefused: (why: string) => void,
    files = REAL,
  ) {
    this.#setting = setting;
    this.#onRefused = onRefused;
    this.#files = files;
  }

  /** Starts a child: what `start` starts has the child's value. */
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

  /** A thousandth of the memory limit weighs as much as one of its thousandths in use. */
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
