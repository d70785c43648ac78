/**
 * What is logged of the manager itself and of its child: start, stop, restart,
 * exit and signals. Operators search for these texts, so they are part of the
 * contract and a test holds them. Pure.
 *
 * A message is a level, one line of text and the event's fields, which appear in
 * JSON output only. No content of configuration ever appears in one.
 */
import { formatDuration } from "../notation/duration.ts";
import { describeStatus, type ExitStatus } from "../vocabulary/exit_status.ts";
import {
  debug,
  error,
  info,
  list,
  type Message,
  trace,
  warn,
} from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";

// The manager itself.

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
/** What keeps the manager from beginning at all. */
export const cannotBegin = (detail: string) => error(detail, { detail });
/** `auto` asks for an endpoint only where there is a directory for it. */
export const controlAbsent = (directory: string) =>
  debug(`No control endpoint: ${directory} does not exist`, { directory });
export const controlUnavailable = (why: string) =>
  debug(`No control endpoint: ${why}`, { why });
export const libcUnavailable = () =>
  error(
    "Cannot load libc: none of the known paths holds one that loads; degraded: orphans are not reaped, " +
      "and the child inherits blocked signals and, as root, loses supplementary groups",
  );
export const subreaperUnavailable = (why: string) =>
  error(`Cannot become a subreaper: ${why}; orphans go to init`, { why });
export const reapingUnavailable = (errno: number) =>
  error(
    `Cannot reap orphans: waitid was refused (os error ${errno}); they stay as zombies`,
    { errno },
  );
export const serviceTold = () =>
  debug("Told the service manager that the child is ready (READY=1)");
export const serviceUntold = (detail: string) =>
  error(`Cannot tell the service manager anything: ${detail}`, { detail });
/** A fault of ours in what the service manager is told. */
export const reportsEnded = (detail: string) =>
  error(`Cannot report to the service manager any more: ${detail}`, { detail });
export const watchdogFed = (everyMs: number) =>
  debug(
    `Telling the service manager's watchdog every ${
      formatDuration(everyMs)
    } that flush-manager runs (WATCHDOG=1)`,
    { every_ms: everyMs },
  );
export const socketsInherited = (count: number) =>
  info(
    `The child inherits the sockets of LISTEN_FDS=${count}, from descriptor 3 on; its arguments must tell it so, because LISTEN_PID named flush-manager`,
    { count },
  );
export const oomScoreKept = (why: string) =>
  debug(
    `Cannot set oom_score_adj for the child: ${why}; it inherits the one of flush-manager`,
    { why },
  );
export const logDropped = (count: number) =>
  error(`Dropped ${count} log lines: stderr was not read fast enough`, {
    count,
  });
export const reloadsNotFollowed = (detail: string) =>
  error(`Reloads are neither numbered nor traced any more: ${detail}`, {
    detail,
  });
export const tracesSentTo = (url: string) =>
  debug(`Traces of reloads are sent to ${url}`, { url });
export const tracesOff = () =>
  info("No traces are sent: OTEL_SDK_DISABLED is true");
export const tracesNotSent = (url: string, why: string) =>
  warn(`Cannot send traces to ${url}: ${why}; reloads go on without`, {
    url,
    why,
  });
/** In place of so many records that say the same as one before them. */
export const repeated = (
  { level, fields: { reload_id } }: Message,
  count: number,
): Message => ({
  level,
  text: `last message repeated ${count} times`,
  fields: reload_id === undefined ? { count } : { count, reload_id },
});
export const stateChanged = (from: string, to: string, event: string) =>
  trace(`State ${from} -> ${to} on ${event}`, { from, to, event });
export const stalled = (forMs: number) =>
  info(
    `flush-manager did not run for ${
      formatDuration(Math.round(forMs))
    } (stopped, frozen or starved): time limits are extended by as much`,
    { stalled_ms: Math.round(forMs) },
  );
export const internalError = (detail: string) =>
  error(
    `Internal error: ${detail}; stopping the child process, please report this`,
    { detail },
  );

// The child.

export const configRestart = () =>
  info("Config file change detected, restarting child process...");
export const childStarting = (command: string, args: readonly string[]) =>
  info(`Starting child process: ${command} ${list(args)}`, {
    command,
    args: list(args),
  });
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
export const startAwaitsRetiring = (pid: number) =>
  info(
    `Next child process waits for the end of the old one (PID: ${pid}); no child is running until then`,
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
export const groupKilled = (pid: number) =>
  info(
    `Sending SIGKILL to the rest of the child's process group (PGID: ${pid}), as --kill-mode mixed asks`,
    { pid },
  );
export const groupLeft = (pid: number) =>
  info(
    `Leaving the rest of the child's process group (PGID: ${pid}) alone, as --kill-mode main asks`,
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
export const signalFailed = (signal: Signal, pid: number, why: string) =>
  error(`Cannot send ${signal} to child process (PID: ${pid}): ${why}`, {
    signal,
    pid,
    why,
  });
export const stopRequested = (signal: Signal) =>
  info(`Received signal: ${signal}, shutting down gracefully...`, { signal });
export const shuttingDown = () => info("Shutting down manager...");
export const shutdownComplete = () => info("Manager shutdown complete");
