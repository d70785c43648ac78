/**
 * What is logged of the watched paths: what they are, how they are watched, and
 * what has changed. Part of the same contract as manager.ts. Pure.
 */
import { formatBytes } from "../notation/bytes.ts";
import { formatDuration } from "../notation/duration.ts";
import { formatTimestamp } from "../notation/timestamp.ts";
import { type ChangedPath, listOf } from "../vocabulary/changed_paths.ts";
import type { PathPrint } from "../vocabulary/fingerprint.ts";
import type { Unread } from "../vocabulary/observation.ts";
import { debug, error, info, list, warn } from "../vocabulary/message.ts";

// What a path is.

export const configIsSymlink = (path: string, target: string) =>
  info(
    "config_is_symlink",
    `Config file ${path} is a symlink pointing to ${target}`,
    {
      path,
      target,
    },
  );
export const configIsRegular = (path: string) =>
  info("config_is_regular", `Config file ${path} is a regular file`, { path });
export const configIsSpecial = (path: string) =>
  info(
    "config_is_special",
    `Config path ${path} is neither a file nor a directory`,
    { path },
  );
export const configIsDirectory = (path: string) =>
  info("config_is_directory", `Config path ${path} is a directory`, { path });
export const configIsPattern = (path: string, matches: number) =>
  info(
    "config_is_pattern",
    matches === 0
      ? `Config pattern ${path} matches no file yet, watching for one to appear`
      : `Config pattern ${path} matches ${matches} ${
        matches === 1 ? "file" : "files"
      }`,
    { path, matches },
  );
export const configNoop = (path: string) =>
  info(
    "config_not_watched",
    `Config file ${path} does not exist, using no-op watcher`,
    { path },
  );
export const configAwaited = (path: string) =>
  info(
    "config_awaited",
    `Config file ${path} does not exist yet, watching for it to appear`,
    {
      path,
    },
  );
export const configNeverUpdates = (path: string) =>
  info(
    "config_never_updates",
    `Config file ${path} is a mount of its own (a subPath or a bind-mounted file): ` +
      "Kubernetes never updates such a mount; mount the directory instead",
    { path },
  );

// How it is watched.

export const watchingDirectory = (path: string) =>
  info("watching_directory", `Watching directory: ${path}`, { path });
export const watcherStarting = (path: string) =>
  info("watcher_starting", `Starting file watcher for ${path}`, { path });
export const eventLoopStarted = () =>
  debug("watcher_started", "Started fsnotify event loop");
export const pollingStarted = (intervalMs: number) =>
  debug(
    "polling_started",
    `Started polling file changes every ${formatDuration(intervalMs)}`,
    {
      interval_ms: intervalMs,
    },
  );
export const fileEvent = (kind: string, path: string) =>
  debug("file_event", `Fsnotify event: ${kind} ${path}`, { kind, path });
export const metadataEvent = (path: string) =>
  debug("file_event_metadata", `Event on ConfigMap metadata: ${path}`, {
    path,
  });
export const watchLost = (path: string, why: string, pollMs: number) =>
  warn(
    "watch_lost",
    `Cannot watch directory ${path}: ${why}; degraded to polling every ${
      formatDuration(pollMs)
    } until it can be watched again`,
    { path, why },
  );
export const watchDegraded = (why: string, pollMs: number) =>
  warn(
    "watch_degraded",
    `Cannot use file system events: ${why}; degraded to polling every ${
      formatDuration(pollMs)
    }`,
    { why },
  );
export const watchRestored = (path: string) =>
  info("watch_restored", `Watching directory again: ${path}`, { path });

// Whether it can be read.

export const configUnavailable = (path: string, detail: string) =>
  error(
    "config_unavailable",
    `Cannot read config ${path}: ${detail}; the child keeps its last configuration`,
    { path, detail },
  );
export const configLeftOut = (path: string, detail: string) =>
  error(
    "config_left_out",
    `Cannot read config ${path}: ${detail}; the child is started without it`,
    {
      path,
      detail,
    },
  );
export const configAvailable = (path: string) =>
  info("config_available", `Config ${path} can be read again`, { path });

export const configCoarse = (path: string, detail: string) =>
  warn(
    "config_coarse",
    `Cannot read all of config ${path}: it ${detail}; its metadata are compared in place of its content`,
    { path, detail },
  );
export const firstLookAwaited = (path: string, progress: Unread) =>
  info(
    "first_look_awaited",
    `Waiting for the first look at config ${path}: ${
      formatBytes(progress.bytes)
    } of large files and ${progress.entries} entries so far`,
    { path, bytes: progress.bytes, entries: progress.entries },
  );
export const startedBeforeRead = (path: string) =>
  info(
    "first_look_overtaken",
    `The first look at config ${path} takes long, starting child process meanwhile; what changes before it is done counts as a change`,
    { path },
  );
export const firstLookDone = (path: string) =>
  info(
    "first_look_done",
    `The first look at config ${path} is done, nothing has changed`,
    {
      path,
    },
  );

// What has changed.

export const detectedByPolling = () =>
  info("change_found_by_polling", "File change detected via polling", {
    source: "poll",
  });
export const foundByReading = (path: string, count: number) =>
  info(
    "change_found_by_reading",
    `File change found by reading ${path} again: no event and no metadata told of it`,
    { path, source: "verify", count },
  );
/**
 * `changed` has at least one path; `before` and `after` are what the first of them
 * held. The times and inodes of a directory that are the same say nothing.
 */
export const changeDetected = (
  changed: readonly ChangedPath[],
  before: PathPrint,
  after: PathPrint,
) => {
  const old = mtimeAndInode(before);
  const now = mtimeAndInode(after);
  const isDirectory = after.kind === "directory";
  const facts = [
    isDirectory && old.mtime === now.mtime
      ? ""
      : `old_mtime=${old.mtime}, new_mtime=${now.mtime}, `,
    isDirectory && old.inode === now.inode
      ? ""
      : `old_inode=${old.inode}, new_inode=${now.inode}, `,
  ];
  return info(
    "change_detected",
    `File change detected: ${facts.join("")}${describeChanged(changed)}`,
    {
      path: changed[0].path,
      paths: listOf(changed, LISTED),
      old_mtime: old.mtime,
      new_mtime: now.mtime,
      old_inode: old.inode,
      new_inode: now.inode,
    },
  );
};
export const changeReverted = () =>
  debug(
    "change_reverted",
    "File content is the running child's again, nothing to do",
  );
/** The paths and entries stand in the text only if others than `told` are confirmed. */
export const changeConfirmed = (
  changed: readonly ChangedPath[],
  told: string,
) => {
  const fields = { paths: listOf(changed, LISTED) };
  const what = changed.length === 0 ? told : describeChanged(changed);
  return what === told
    ? info(
      "change_confirmed",
      "File change confirmed after debounce period",
      fields,
    )
    : info(
      "change_confirmed",
      `File change confirmed after debounce period: ${what}`,
      fields,
    );
};
export const changeWaits = (
  what: "restarts" | "reloads",
  times: number,
  waitMs: number,
) =>
  warn(
    "change_slowed",
    `Config file changed soon after each of the last ${times} ${what}, waiting up to ${
      formatDuration(waitMs)
    } before the next one; does the child rewrite its own configuration?`,
    { restarts: times, wait_ms: waitMs },
  );
export const startAwaitsRest = () =>
  info(
    "child_start_deferred_by_changes",
    "Config changed meanwhile, starting child process when it has come to rest",
  );
export const changeAwaitsRestNoLonger = () =>
  info(
    "change_copied_while_changing",
    "Config changes all the time, taking a copy of what it holds now",
  );
export const startAwaitsRestNoLonger = () =>
  info(
    "child_start_on_changing_content",
    "Config changes all the time, starting child process on a copy of what it holds now",
  );

/** A JSON record must stay shorter than a line may be. */
const LISTED = { entries: 10, chars: 1_000 };
/** How many paths, or entries of one directory, a line names, and how long their names may be. */
const NAMED_MAX = 10;
const NAMED_MAX_CHARS = 1_000;

/** `path=F`, and of a directory `path=D, changed=[a b], removed=[c] and 3 more`. */
export function describeChanged(changed: readonly ChangedPath[]): string {
  let chars = 0;
  const texts: string[] = [];
  for (const { path, entries } of changed) {
    const named = entries.filter(({ label }, at) => {
      if (at < NAMED_MAX) chars += label.length;
      return at < NAMED_MAX && chars <= NAMED_MAX_CHARS;
    });
    const lists = HOW.flatMap((how) => {
      const labels = named.filter((entry) => entry.how === how);
      if (labels.length === 0) return [];
      return [`${how}=${list(labels.map(({ label }) => label))}`];
    });
    const more = entries.length - named.length;
    const text = [`path=${path}`, ...lists].join(", ") + andMore(more);
    chars += path.length;
    const isFull = texts.length === NAMED_MAX || chars > NAMED_MAX_CHARS * 2;
    if (isFull && texts.length > 0) break;
    texts.push(text);
  }
  const left = changed.length - texts.length;
  return texts.join(", ") + andMore(left, left === 1 ? " path" : " paths");
}

const HOW = ["changed", "added", "removed"] as const;

const andMore = (count: number, what = "") =>
  count === 0 ? "" : ` and ${count} more${what}`;

function mtimeAndInode(print: PathPrint): { mtime: string; inode: number } {
  if (print.kind === "fault") return { mtime: "none", inode: 0 };
  return {
    mtime: formatTimestamp(print.mtimeMs),
    inode: print.ino,
  };
}
