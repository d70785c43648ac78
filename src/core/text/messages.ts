/**
 * Every text that flush-manager logs, in one place: operators grep for these,
 * so they are part of the contract and a test holds the table. Pure.
 *
 * A message is a level, one line of text and the event's fields (the fields
 * appear in JSON output only). Contents of configuration never appear here.
 */
import { formatDuration } from "../notation/duration.ts";
import { describeStatus, type ExitStatus } from "../vocabulary/exit_status.ts";
import type { PathPrint } from "../vocabulary/fingerprint.ts";
import { debug, error, info, list } from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";

export * from "./start_messages.ts";

// What a manager says of itself.

export const starting = (version: string) =>
  info(`=== Flush Manager v${version} starting ===`, { version });
export const ownPid = (pid: number) => info(`PID: ${pid}`, { pid });
export const configuration = (
  command: string,
  configs: readonly string[],
  args: readonly string[],
) =>
  info(
    `Configuration: command=${command}, config_file=${
      configs.join(",")
    }, args=${list(args)}`,
    { command, config_file: configs.join(","), args: list(args) },
  );
export const initializing = (command: string) =>
  info(`Initializing manager with command: ${command}`, { command });
export const configIsSymlink = (path: string, target: string) =>
  info(`Config file ${path} is a symlink pointing to ${target}`, {
    path,
    target,
  });
export const configIsRegular = (path: string) =>
  info(`Config file ${path} is a regular file`, { path });
export const configIsSpecial = (path: string) =>
  info(`Config path ${path} is neither a file nor a directory`, { path });
export const configIsDirectory = (path: string) =>
  info(`Config path ${path} is a directory`, { path });
export const configNoop = (path: string) =>
  info(`Config file ${path} does not exist, using no-op watcher`, { path });
export const configAwaited = (path: string) =>
  info(`Config file ${path} does not exist yet, watching for it to appear`, {
    path,
  });
export const configNeverUpdates = (path: string) =>
  info(
    `Config file ${path} is a mount of its own (a subPath or a bind-mounted file): ` +
      "Kubernetes never updates such a mount; mount the directory instead",
    { path },
  );
export const logDropped = (count: number) =>
  error(`Dropped ${count} log lines: stderr was not read fast enough`, {
    count,
  });

// Watching.

export const watchingDirectory = (path: string) =>
  info(`Watching directory: ${path}`, { path });
export const watcherStarting = (path: string) =>
  info(`Starting file watcher for ${path}`, { path });
export const eventLoopStarted = () => debug("Started fsnotify event loop");
export const pollingStarted = (intervalMs: number) =>
  debug(`Started polling file changes every ${formatDuration(intervalMs)}`, {
    interval_ms: intervalMs,
  });
export const fileEvent = (kind: string, path: string) =>
  debug(`Fsnotify event: ${kind} ${path}`, { kind, path });
export const metadataEvent = (path: string) =>
  debug(`Event on ConfigMap metadata: ${path}`, { path });
export const watchLost = (path: string, why: string, pollMs: number) =>
  error(
    `Cannot watch directory ${path}: ${why}; degraded to polling every ${
      formatDuration(pollMs)
    } until it can be watched again`,
    { path, why },
  );
export const watchDegraded = (why: string, pollMs: number) =>
  error(
    `Cannot use file system events: ${why}; degraded to polling every ${
      formatDuration(pollMs)
    }`,
    { why },
  );
export const watchRestored = (path: string) =>
  info(`Watching directory again: ${path}`, { path });

// Change detection.

export const configUnavailable = (path: string, detail: string) =>
  error(
    `Cannot read config ${path}: ${detail}; the child keeps its last configuration`,
    { path, detail },
  );

export const detectedByPolling = () =>
  info("File change detected via polling", { source: "poll" });
export const changeDetected = (
  path: string,
  before: PathPrint,
  after: PathPrint,
) => {
  const old = mtimeAndInode(before);
  const now = mtimeAndInode(after);
  return info(
    `File change detected: old_mtime=${old.mtime}, new_mtime=${now.mtime}, old_inode=${old.inode}, new_inode=${now.inode}`,
    {
      path,
      old_mtime: old.mtime,
      new_mtime: now.mtime,
      old_inode: old.inode,
      new_inode: now.inode,
    },
  );
};
export const changeReverted = () =>
  debug("File content is the running child's again, nothing to do");
export const changeConfirmed = () =>
  info("File change confirmed after debounce period");
export const changeWaits = (restarts: number, waitMs: number) =>
  error(
    `Config file changed soon after each of the last ${restarts} restarts, waiting up to ${
      formatDuration(waitMs)
    } before the next one; does the child rewrite its own configuration?`,
    { restarts, wait_ms: waitMs },
  );
export const startAwaitsRest = () =>
  info(
    "Config changed meanwhile, starting child process when it has come to rest",
  );
export const configRestart = () =>
  info("Config file change detected, restarting child process...");
// The child.

export const childStarted = (pid: number) =>
  info(`Child process started with PID: ${pid}`, { pid });
export const childStartFailed = (command: string, detail: string) =>
  error(`Cannot start child process ${command}: ${detail}`, {
    command,
    detail,
  });
export const childStartRetry = (command: string, why: string, inMs: number) =>
  error(
    `Cannot start child process ${command}: ${why}; trying again in ${
      formatDuration(inMs)
    }`,
    { command, why, retry_ms: inMs },
  );
export const childRestarting = () => info("Restarting child process...");
export const childStopping = (pid: number, timeoutMs: number) =>
  info(
    `Stopping child process (PID: ${pid}) with timeout: ${
      formatDuration(timeoutMs)
    }`,
    { pid, timeout_ms: timeoutMs },
  );
export const stopSignalSent = (pid: number, signal: Signal) =>
  debug(
    `Sent ${signal} to process (PID: ${pid}), waiting for graceful shutdown...`,
    { pid, signal },
  );
export const stopTimedOut = (pid: number) =>
  error(
    `Timeout waiting for graceful shutdown, sending SIGKILL to process (PID: ${pid})`,
    { pid },
  );
export const stopEscalated = (pid: number, signal: Signal) =>
  info(
    `Received signal: ${signal} again, sending SIGKILL to process (PID: ${pid})`,
    { pid, signal },
  );
export const killFailed = (pid: number) =>
  error(
    `Cannot end process (PID: ${pid}): it is still there after SIGKILL (uninterruptible wait?)`,
    { pid },
  );
export const groupKillFailed = (pid: number) =>
  error(
    `Cannot end the child's process group (PGID: ${pid}): it has members after SIGKILL (zombies that nobody reaps? see --subreaper)`,
    { pid },
  );
export const childStopped = (pid: number) =>
  info(`Child process (PID: ${pid}) stopped gracefully`, { pid });
export const groupStopping = (pid: number, timeoutMs: number) =>
  info(
    `Stopping the rest of the child's process group (PGID: ${pid}) with timeout: ${
      formatDuration(timeoutMs)
    }`,
    { pid, timeout_ms: timeoutMs },
  );
export const groupTimedOut = (pid: number) =>
  error(
    `Timeout waiting for the child's process group, sending SIGKILL to group (PGID: ${pid})`,
    { pid },
  );
export const restartExit = () => debug("Process exited due to restart request");
export const childRestarted = () =>
  info("Child process restarted successfully after config change");
export const childRevived = () =>
  info("Child process restarted after it ended by itself");
export const backoffStarted = (restarts: number, waitMs: number) =>
  info(
    `Child process ended by itself, restarting it in ${
      formatDuration(waitMs)
    } (restart ${restarts} in a row)`,
    { restarts, wait_ms: waitMs },
  );
export const backoffCutShort = () =>
  info("Config file change detected, starting child process at once...");
export const restartsExhausted = (count: number, windowMs: number) =>
  error(
    `Cannot restart child process again: it has used up ${count} restarts in ${
      formatDuration(windowMs)
    }`,
    { count, window_ms: windowMs },
  );
export const childExitedNormally = () => info("Child process exited normally");
export const childExitedAbnormally = (status: ExitStatus) =>
  info(`Child process exited abnormally: ${describeStatus(status)}`, {
    status: describeStatus(status),
  });
export const childExitedWithError = (status: ExitStatus) =>
  error(`Child process exited with error: ${describeStatus(status)}`, {
    status: describeStatus(status),
  });

// Signals and the end.

export const signalForwarded = (signal: Signal, pid: number) =>
  debug(`Forwarding ${signal} to child process (PID: ${pid})`, {
    signal,
    pid,
  });
export const signalHeld = (signal: Signal) =>
  debug(`Received signal: ${signal}, holding it for the next child process`, {
    signal,
  });
export const signalDropped = (signal: Signal) =>
  debug(`Received signal: ${signal}, dropped as asked`, { signal });
export const stopRequested = (signal: Signal) =>
  info(`Received signal: ${signal}, shutting down gracefully...`, { signal });
export const shuttingDown = () => info("Shutting down manager...");
export const shutdownComplete = () => info("Manager shutdown complete");

function mtimeAndInode(print: PathPrint): { mtime: string; inode: number } {
  if (print.kind === "fault") return { mtime: "none", inode: 0 };
  return {
    mtime: new Date(print.mtimeMs).toISOString(),
    inode: print.ino,
  };
}
