/**
 * Turns file system events and the ticks of a poller into hints to look at the
 * configuration. It never decides what a change is. However many events come,
 * hints and log lines stay few: in a burst, the first event that can have
 * changed the configuration gives a hint at once, and the other events give one
 * more hint at the end of the burst. So the lines about events come before the
 * result of a look.
 */
import type { Cause } from "../../core/vocabulary/observation.ts";
import { describeWatched } from "../../core/notation/describe.ts";
import * as watching from "../../core/text/watching.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { WatchedPath } from "../../core/vocabulary/settings.ts";
import { DirectoryWatch, type WatchStatus } from "./directory_watch.ts";
import { DirectoryReturn } from "./directory_return.ts";
import { namesByDirectory, type WatchedNames } from "./watched_names.ts";

/** Events within this time of the first one are one burst. */
const BURST_MS = 20;
/**
 * This many events in a burst are a storm: from then on events are taken only
 * every STORM_PAUSE_MS.
 */
const STORM_EVENTS = 64;
const STORM_PAUSE_MS = 100;
/** The most event lines that one burst may log. */
const LINES_MAX = 16;

/** The cause of a hint. */
export type Hint = Exclude<Cause, "timer">;

export interface WatcherOptions {
  readonly configs: readonly WatchedPath[];
  /** Patterns of what does not count below a watched directory. */
  readonly ignore: readonly string[];
  readonly pollIntervalMs: number;
  readonly onHint: (cause: Hint) => void;
  readonly log: (message: Message) => void;
}

export interface Watcher {
  /**
   * Opens the watches and starts to poll. A watch that cannot be opened is
   * reported, and the poller covers its directory.
   */
  readonly start: () => Promise<void>;
  /** Polls this often from now on. */
  readonly pollEvery: (pollIntervalMs: number) => void;
  /** Resolves when nothing is watched any more. */
  readonly stop: () => Promise<void>;
  /** How often a watch had to be opened again. */
  readonly rearms: () => number;
  /** Why changes are found by polling alone, in all directories or in one; empty where events come. */
  readonly faults: () => readonly string[];
}

/** For a manager without configuration. */
const NOOP: Watcher = {
  start: () => Promise.resolve(),
  pollEvery: () => {},
  stop: () => Promise.resolve(),
  rearms: () => 0,
  faults: () => [],
};

/** The watcher for these paths; with none, one that does nothing. */
export function createWatcher(options: WatcherOptions): Watcher {
  return options.configs.length === 0 ? NOOP : new FileWatcher(options);
}

class FileWatcher implements Watcher {
  readonly #options: WatcherOptions;
  readonly #directories: readonly DirectoryWatch[];
  /** For each directory, the names whose events are logged. */
  readonly #names: ReadonlyMap<string, WatchedNames>;
  readonly #directoryReturn: DirectoryReturn;
  #pollIntervalMs: number;
  #poller: number | undefined;
  #burstEnd: number | undefined;
  #burstEvents = 0;
  /** Whether an event of the burst has given a hint at once. */
  #burstHinted = false;
  /** Whether an event has come since the last hint. */
  #unhinted = false;
  /**
   * Whether in this burst a path of the configuration was renamed to its name,
   * and has not been written since.
   */
  #arrival: "likely" | "no" | undefined;
  readonly #burstLines = new Set<string>();
  /**
   * In a storm: all directories wait for this promise, until the burst ends.
   */
  #pause: PromiseWithResolvers<void> | undefined;
  #checking: Promise<void> = Promise.resolve();
  /** Why, once the runtime's watcher is found to be blocked, which is for good. */
  #deafness: string | undefined;
  #rearms = 0;
  /** By directory, why it is not watched. */
  readonly #lost = new Map<string, string>();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#pollIntervalMs = options.pollIntervalMs;
    this.#names = namesByDirectory(options.configs, options.ignore);
    this.#directories = [...this.#names.keys()].map((directory) =>
      new DirectoryWatch(
        directory,
        (event) => this.#onEvent(event),
        () => this.#directoryReturn.begin(),
      )
    );
    this.#directoryReturn = new DirectoryReturn(
      this.#directories,
      (returned) => this.#checkNext(returned),
    );
  }

  async start(): Promise<void> {
    const { configs, log } = this.#options;
    for (const config of configs) {
      log(watching.watcherStarting(describeWatched(config)));
    }
    await this.#check(this.#directories);
    if (this.#directories.some(({ armed }) => armed)) {
      log(watching.eventLoopStarted());
    }
    this.#poll();
    // A path may have changed before the watches were open.
    this.#options.onHint("event");
  }

  pollEvery(pollIntervalMs: number): void {
    this.#pollIntervalMs = pollIntervalMs;
    if (this.#poller === undefined) return;
    clearInterval(this.#poller);
    this.#poll();
  }

  #poll(): void {
    this.#poller = setInterval(() => this.#tick(), this.#pollIntervalMs);
    this.#options.log(watching.pollingStarted(this.#pollIntervalMs));
  }

  async stop(): Promise<void> {
    clearInterval(this.#poller);
    clearTimeout(this.#burstEnd);
    this.#endPause();
    this.#directoryReturn.stop();
    await this.#checking;
    await Promise.all(this.#directories.map((watch) => watch.close()));
  }

  #tick(): void {
    this.#checkNext(this.#directories);
    this.#options.onHint("poll");
  }

  #checkNext(directories: readonly DirectoryWatch[]): void {
    this.#checking = this.#checking.then(() => this.#check(directories));
  }

  async #check(directories: readonly DirectoryWatch[]): Promise<void> {
    const { log, onHint } = this.#options;
    const pollIntervalMs = this.#pollIntervalMs;
    for (const watch of directories) {
      const isDeaf = this.#deafness !== undefined;
      const deafness = isDeaf ? undefined : watch.deafness();
      if (deafness !== undefined) {
        this.#deafness = deafness;
        log(watching.watchDegraded(deafness, pollIntervalMs));
      }
      const status = await watch.check(this.#deafness === undefined);
      this.#note(watch, status);
      if (status.kind === "armed") {
        log(watching.watchingDirectory(watch.path));
      } else if (status.kind === "rearmed") {
        log(watching.watchRestored(watch.path));
        onHint("event");
      } else if (status.kind === "lost") {
        log(watching.watchLost(watch.path, status.why, pollIntervalMs));
      }
    }
  }

  #note({ path }: DirectoryWatch, status: WatchStatus): void {
    if (status.kind === "rearmed") this.#rearms++;
    if (status.kind === "lost") this.#lost.set(path, status.why);
    else if (status.kind !== "unchanged") this.#lost.delete(path);
  }

  rearms(): number {
    return this.#rearms;
  }

  faults(): readonly string[] {
    const lost = [...this.#lost].map(([path, why]) => `${path}: ${why}`);
    return this.#deafness === undefined ? lost : [this.#deafness, ...lost];
  }

  #onEvent(event: Deno.FsEvent): Promise<void> {
    this.#burstEvents++;
    const { visible, last } = this.#describe(event);
    const renamed = event.kind === "rename" && visible;
    // A rename event with one path does not tell whether the path has come or
    // gone. An event with both paths follows at once, unless the other path is
    // in another directory.
    const unclear = renamed && event.paths.length === 1;
    const replaced = renamed && !unclear && last;
    if (unclear) this.#arrival ??= "likely";
    else if (visible && event.kind !== "remove") this.#arrival = "no";
    if (visible && !unclear && (!this.#burstHinted || replaced)) {
      this.#burstHinted = true;
      this.#unhinted = false;
      this.#options.onHint(replaced ? "replacement" : "event");
    } else this.#unhinted = true;
    if (this.#burstEnd === undefined) {
      this.#burstEnd = setTimeout(() => this.#endBurst(), BURST_MS);
    }
    if (this.#burstEvents < STORM_EVENTS) return Promise.resolve();
    // Events that are dropped during the pause are covered by the hint after
    // it.
    this.#unhinted = true;
    clearTimeout(this.#burstEnd);
    this.#burstEnd = setTimeout(() => this.#endBurst(), STORM_PAUSE_MS);
    this.#pause ??= Promise.withResolvers();
    return this.#pause.promise;
  }

  #endBurst(): void {
    const late = this.#unhinted;
    const cause = this.#arrival === "likely" ? "replacement" : "event";
    this.#arrival = undefined;
    this.#burstEnd = undefined;
    this.#burstEvents = 0;
    this.#burstHinted = false;
    this.#unhinted = false;
    this.#burstLines.clear();
    this.#endPause();
    if (late) this.#options.onHint(cause);
  }

  #endPause(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  /**
   * Logs one line for an event of the configuration, but none for events of its
   * neighbours (one of them may be our own log file). Returns whether the
   * configuration may have changed: `visible` for any of the event's paths,
   * `last` for the last path, which is the new name of a rename. The entries
   * that the kubelet makes beside the configuration are only a preparation and
   * do not count.
   */
  #describe(event: Deno.FsEvent): { visible: boolean; last: boolean } {
    const kind = EVENT_NAMES[event.kind];
    let visible = false;
    let last = false;
    if (kind === undefined) return { visible, last };
    for (const path of event.paths) {
      // node:path is not used, because it reads character by character, and
      // this code runs for every event.
      const slash = path.lastIndexOf("/");
      const name = path.slice(slash + 1);
      const names = this.#names.get(path.slice(0, slash) || "/");
      const internal = name.startsWith("..");
      const known = !internal && names?.has(name) === true;
      last = internal ? name === DATA : known;
      if (!known && !internal) continue;
      visible ||= last;
      const line = `${kind} ${path}`;
      if (this.#burstLines.has(line)) continue;
      if (this.#burstLines.size >= LINES_MAX) continue;
      this.#burstLines.add(line);
      this.#options.log(watching.fileEvent(kind, path));
      if (internal) this.#options.log(watching.metadataEvent(path));
    }
    return { visible, last };
  }
}

/**
 * The link in a ConfigMap volume that the kubelet renames when all new files
 * are in place.
 */
const DATA = "..data";

/**
 * The names of Go's fsnotify for Deno's events; reads and closes are not
 * logged.
 */
const EVENT_NAMES: Readonly<Partial<Record<Deno.FsEvent["kind"], string>>> = {
  create: "CREATE",
  modify: "WRITE",
  remove: "REMOVE",
  rename: "RENAME",
};
