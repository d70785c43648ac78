/** What the operator asked for, after parsing. Plain data; no defaults here. */
import type { Signal } from "./signals.ts";

/** A path to watch; `named` tells whether the operator wrote it or it is the built-in default. */
export interface WatchedPath {
  readonly path: string;
  readonly named: boolean;
}

/** How two states of a path are compared: by content, or by mtime and inode as the original did. */
export type Compare = "content" | "metadata";

/** Severity of a log record, least severe first. */
export type LogLevel = "debug" | "info" | "error";

/** What to do when the child ends by itself. */
export interface CrashPolicy {
  /** `never` ends the manager with the child's code. */
  readonly restart: "never" | "on-failure" | "always";
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** More restarts than this within the window end the manager; undefined sets no limit. */
  readonly max:
    | { readonly count: number; readonly windowMs: number }
    | undefined;
}

/** The whole configuration of one manager. */
export interface Settings {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory of the child; undefined is the manager's own. */
  readonly workdir: string | undefined;
  /** In the order given; empty when there is nothing to watch. */
  readonly configs: readonly WatchedPath[];
  readonly compare: Compare;
  readonly debounceMs: number;
  /** `--debounce auto`: files that are replaced as a whole need no quiet window. */
  readonly trustReplacement: boolean;
  /** No change waits longer than this, however restless the writer. */
  readonly debounceMaxMs: number;
  readonly pollIntervalMs: number;
  readonly stopSignal: Signal;
  readonly stopTimeoutMs: number;
  /** A received signal to the one that stands for it; undefined drops it. */
  readonly rewrites: ReadonlyMap<Signal, Signal | undefined>;
  readonly subreaper: boolean;
  readonly crash: CrashPolicy;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
}
