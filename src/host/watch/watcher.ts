/**
 * Turns file system events and the ticks of a poller into hints to look at the
 * configuration. It never decides what a change is. However fast events come,
 * hints and log lines stay few: of a burst, the first event that can have
 * changed the configuration gives a hint at once, the rest one more at its end.
 * So the lines of events come before what a look has found.
 */
import { basename, dirname, resolve } from "node:path/posix";
import type { Cause } from "../../core/vocabulary/observation.ts";
import * as watching from "../../core/text/watching.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { WatchedPath } from "../../core/vocabulary/settings.ts";
import { DirectoryWatch, type WatchStatus } from "./directory_watch.ts";
import { DirectoryReturn } from "./directory_return.ts";

/** Events this close together are one burst. */
const BURST_MS = 20;
/** So many events in a burst are a storm: then events are taken only every STORM_PAUSE_MS. */
const STORM_EVENTS = 64;
const STORM_PAUSE_MS = 100;
/** Event lines of one burst; a storm is not worth more. */
const LINES_MAX = 16;

/** Why it may be worth to look. */
export type Hint = Exclude<Cause, "timer">;

export interface WatcherOptions {
  readonly configs: readonly WatchedPath[];
  readonly pollIntervalMs: number;
  readonly onHint: (cause: Hint) => void;
  readonly log: (message: Message) => void;
}

export interface Watcher {
  /** Opens the watches and starts to poll; a watch that cannot be made is reported and polled for. */
  readonly start: () => Promise<void>;
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
  /** By directory, the names whose events are worth a line. */
  readonly #names: ReadonlyMap<string, ReadonlySet<string> | "all">;
  readonly #directoryReturn: DirectoryReturn;
  #poller: number | undefined;
  #burstEnd: number | undefined;
  #burstEvents = 0;
  /** Whether an event of the burst was worth a hint at once. */
  #burstHinted = false;
  /** Whether something has come since the last hint. */
  #unhinted = false;
  /** Whether a path of the configuration was renamed to its name in this burst, and not written since. */
  #arrival: "likely" | "no" | undefined;
  readonly #burstLines = new Set<string>();
  /** In a storm: the pause of all directories, until the burst ends. */
  #pause: PromiseWithResolvers<void> | undefined;
  #checking: Promise<void> = Promise.resolve();
  /** Why, once the runtime's watcher is found to be blocked, which is for good. */
  #deafness: string | undefined;
  #rearms = 0;
  /** By directory, why it is not watched. */
  readonly #lost = new Map<string, string>();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#names = namesByDirectory(options.configs);
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
    const { configs, log, pollIntervalMs } = this.#options;
    for (const { path } of configs) log(watching.watcherStarting(path));
    await this.#check(this.#directories);
    if (this.#directories.some(({ armed }) => armed)) {
      log(watching.eventLoopStarted());
    }
    this.#poller = setInterval(() => this.#tick(), pollIntervalMs);
    log(watching.pollingStarted(pollIntervalMs));
    // What changed before the watches were open.
    this.#options.onHint("event");
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
    const { log, pollIntervalMs, onHint } = this.#options;
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
    // Of its own, a path that was renamed may have come or gone: an event with
    // both paths follows at once, unless the other one is in another directory.
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
    // Whatever is dropped meanwhile is covered by the hint after the pause.
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
   * One line for an event that concerns the configuration; a neighbour's events
   * (our own log file's!) do not. Returns whether the configuration may be
   * another one now, by any of the event's paths and by the last, to which a
   * rename leads: what the kubelet makes beside it is only a preparation.
   */
  #describe(event: Deno.FsEvent): { visible: boolean; last: boolean } {
    const kind = EVENT_NAMES[event.kind];
    let visible = false;
    let last = false;
    if (kind === undefined) return { visible, last };
    for (const path of event.paths) {
      // Not node:path, which reads character by character: this is on the way of every event.
      const slash = path.lastIndexOf("/");
      const name = path.slice(slash + 1);
      const names = this.#names.get(path.slice(0, slash) || "/");
      const internal = name.startsWith("..");
      const known = names === "all" || names?.has(name) === true;
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

/** The link of a ConfigMap volume that the kubelet renames when all is in place. */
const DATA = "..data";

/** Go's fsnotify names for Deno's; reads and closes are not worth a line. */
const EVENT_NAMES: Readonly<Partial<Record<Deno.FsEvent["kind"], string>>> = {
  create: "CREATE",
  modify: "WRITE",
  remove: "REMOVE",
  rename: "RENAME",
};

/** A directory is watched itself, anything else through the directory that holds its name. */
function namesByDirectory(
  configs: readonly WatchedPath[],
): Map<string, Set<string> | "all"> {
  const byDirectory = new Map<string, Set<string> | "all">();
  for (const { path } of configs) {
    const full = resolve(path);
    if (isDirectory(full)) {
      byDirectory.set(full, "all");
      continue;
    }
    const directory = dirname(full);
    const names = byDirectory.get(directory) ?? new Set<string>();
    if (names !== "all") names.add(basename(full));
    byDirectory.set(directory, names);
  }
  return byDirectory;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
