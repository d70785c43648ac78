/**
 * Watches one directory by inotify, through Deno.watchFs, and notices when that
 * watch no longer works. Deno's watcher ends silently when its directory is
 * removed or replaced, it drops events when many come at once, and it drops the
 * event of a removal if the path exists again while it looks at that path. One FIFO
 * among the entries blocks it for good, and then blocks the main thread at the
 * next open (measured on 2.7.11). So events are only hints, the directory's
 * identity is checked from time to time, and after a sign of such a block no
 * watch is opened any more.
 */
import { holdsFifo } from "../files/directory_listing.ts";
import { fileTimeMs } from "../files/file_time.ts";

/** The result of a check, for the log. */
export type WatchStatus =
  | { readonly kind: "unchanged" }
  | { readonly kind: "armed" }
  | { readonly kind: "rearmed" }
  | { readonly kind: "lost"; readonly why: string };

const UNCHANGED: WatchStatus = { kind: "unchanged" };
/**
 * An event for an entry that was made this recently may not have arrived yet.
 */
const EVENT_DELAY_MS = 1_000;
/** A failed open is tried again after 1, 2, 4, … checks. */
const RETRY_MAX_CHECKS = 64;

/** One directory; not recursive. */
export class DirectoryWatch {
  readonly path: string;
  readonly #onEvent: (event: Deno.FsEvent) => Promise<void>;
  readonly #onRemoved: () => void;
  #watcher: Deno.FsWatcher | undefined;
  #consumed: Promise<void> = Promise.resolve();
  /** The identity of the watched directory; undefined after it was removed. */
  #key: string | undefined;
  #mtimeMs: number | undefined;
  #eventSeen = false;
  /** Whether the last check missed an event. */
  #isSuspect = false;
  #everArmed = false;
  #reportedLoss = false;
  #checksToSkip = 0;
  #failures = 0;

  /**
   * `onEvent` is awaited before the next event is taken. `onRemoved` is called
   * once when the directory itself was removed, renamed or replaced: nothing more
   * will be heard of what is at the path then.
   */
  constructor(
    path: string,
    onEvent: (event: Deno.FsEvent) => Promise<void>,
    onRemoved: () => void,
  ) {
    this.path = path;
    this.#onEvent = onEvent;
    this.#onRemoved = onRemoved;
  }

  get armed(): boolean {
    return this.#watcher !== undefined;
  }

  /**
   * Whether the watched directory, another directory or no directory is at the
   * path now.
   */
  place(): "watched" | "unwatched" | "absent" {
    const info = statDirectory(this.path);
    if (info === undefined) return "absent";
    return identityOf(info) === this.#key ? "watched" : "unwatched";
  }

  /**
   * Compares the directory with the one that is watched and opens, closes or
   * renews the watch accordingly. `mayOpen` false leaves it closed.
   */
  async check(mayOpen: boolean): Promise<WatchStatus> {
    const info = statDirectory(this.path);
    if (info === undefined) return this.#lose("it does not exist");
    const key = identityOf(info);
    if (this.#watcher !== undefined && key === this.#key) return UNCHANGED;
    if (this.#watcher !== undefined) await this.close();
    if (!mayOpen) return this.#lose("it was replaced");
    if (this.#checksToSkip > 0) {
      this.#checksToSkip--;
      return UNCHANGED;
    }
    return this.#open(key);
  }

  /**
   * Why the watcher does not work any more: the directory's entries have
   * changed but no event had come by the next check, or a FIFO is among them.
   * Undefined if nothing points to that.
   */
  deafness(): string | undefined {
    const info = this.#watcher === undefined
      ? undefined
      : statDirectory(this.path);
    if (info === undefined || identityOf(info) !== this.#key) return undefined;
    const mtimeMs = fileTimeMs(info.mtime);
    if (mtimeMs === this.#mtimeMs) return undefined;
    const danger = dangerOf(this.path);
    if (danger !== undefined) return danger;
    // A time in the future does not tell how long ago the change was.
    const ageMs = Date.now() - mtimeMs;
    if (ageMs >= 0 && ageMs < EVENT_DELAY_MS) return undefined;
    // If this process did not run, an event may have arrived and not been
    // handled yet, so one missing event only makes the watch suspect.
    if (!this.#eventSeen && !this.#isSuspect) {
      this.#isSuspect = true;
      return undefined;
    }
    this.#mtimeMs = mtimeMs;
    if (!this.#eventSeen) {
      return `no event came for a change in ${this.path} (a network file system?)`;
    }
    this.#eventSeen = false;
    return undefined;
  }

  /** Ends the watch; resolves when its events are no longer taken. */
  async close(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    this.#key = undefined;
    watcher?.close();
    await this.#consumed;
  }

  async #open(key: string): Promise<WatchStatus> {
    const danger = dangerOf(this.path);
    if (danger !== undefined) return this.#fail(danger);
    // A watcher that is opened in the same task as a close gets no events.
    if (this.#everArmed) await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      this.#watcher = Deno.watchFs(this.path, { recursive: false });
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
    this.#consumed = this.#consume(this.#watcher);
    this.#key = key;
    // Only later changes must cause an event.
    const opened = statDirectory(this.path);
    this.#mtimeMs = opened && fileTimeMs(opened.mtime);
    this.#eventSeen = false;
    this.#isSuspect = false;
    this.#failures = 0;
    this.#reportedLoss = false;
    const status = this.#everArmed ? "rearmed" : "armed";
    this.#everArmed = true;
    return { kind: status };
  }

  async #consume(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const event of watcher) {
        this.#eventSeen = true;
        this.#isSuspect = false;
        if (this.#watcher === watcher && this.#isOfRemoval(event)) {
          this.#key = undefined;
          this.#onRemoved();
        }
        await this.#onEvent(event);
      }
    } catch {
      // The iterator has no documented error. If it ends with one, the next
      // check finds the watch closed and opens another.
      if (this.#watcher === watcher) this.#watcher = undefined;
    }
  }

  /**
   * Whether the watched directory is not at the path any more. Its own event may
   * be missing, so every event of something that has gone is a reason to look.
   */
  #isOfRemoval({ kind, paths }: Deno.FsEvent): boolean {
    if (this.#key === undefined) return false;
    if (kind !== "remove" && kind !== "rename") return false;
    return (kind === "remove" && paths.includes(this.path)) ||
      this.place() !== "watched";
  }

  #fail(why: string): WatchStatus {
    this.#checksToSkip = Math.min(2 ** this.#failures, RETRY_MAX_CHECKS) - 1;
    this.#failures++;
    return this.#lose(why);
  }

  #lose(why: string): WatchStatus {
    if (this.#watcher !== undefined) void this.close();
    if (this.#reportedLoss) return UNCHANGED;
    this.#reportedLoss = true;
    this.#everArmed = true;
    return { kind: "lost", why };
  }
}

/**
 * A directory with more entries is not searched for a FIFO, and is therefore
 * not watched.
 */
const ENTRIES_MAX = 1_000_000;

/** Why the runtime's watcher must not be opened on a directory. */
function dangerOf(path: string): string | undefined {
  switch (fifoIn(path)) {
    case true:
      return "it holds a FIFO, which would block the file system watcher";
    case "unknown":
      return `it has more than ${ENTRIES_MAX} entries`;
    case false:
      return undefined;
  }
}

function fifoIn(path: string): ReturnType<typeof holdsFifo> {
  try {
    return holdsFifo(path, ENTRIES_MAX);
  } catch {
    // It cannot be read; opening the watch will fail with the reason.
    return false;
  }
}

/**
 * Includes the time of birth, because a new directory often gets the inode of
 * the removed one.
 */
const identityOf = (info: Deno.FileInfo) =>
  `${info.dev}:${info.ino}:${info.birthtime?.getTime()}`;

function statDirectory(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isDirectory ? info : undefined;
  } catch {
    return undefined;
  }
}
