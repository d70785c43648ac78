/**
 * What is logged of the manager itself and of its child: start, stop, restart,
 * exit and signals. Operators search for these texts, so they are part of the
 * contract and a test holds them. Pure.
 *
 * A message is a level, one line of text and the event's fields, which appear in
 * JSON output only. No content of configuration ever appears in one.
 */
import { formatDuration } from "../notation/duration.ts";
import { oneLine } from "../notation/one_line.ts";
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
  info("manager_starting", `=== Flush Manager v${version} starting ===`, {
    version,
  });
export const ownPid = (pid: number) =>
  info("manager_pid", `PID: ${pid}`, { pid });
export const configuration = (
  command: string,
  configs: readonly string[],
  args: readonly string[],
) =>
  info(
    "manager_configuration",
    `Configuration: command=${command}, config_file=${
      configs.join(",")
    }, args=${list(args)}`,
    { command, config_file: configs.join(","), args },
  );
export const initializing = (command: string) =>
  info(
    "manager_initializing",
    `Initializing manager with command: ${command}`,
    { command },
  );
/** What keeps the manager from beginning at all. */
export const cannotBegin = (detail: string) =>
  error("manager_cannot_begin", detail, { detail });
/** A variable that looks like one of ours; `meant` is the one that was probably meant. */
export const variableUnknown = (name: string, meant: string) =>
  warn(
    "variable_unknown",
    `Environment variable ${
      oneLine(name)
    } is unknown and has no effect; did you mean ${meant}?`,
    { name, meant },
  );
/** `auto` asks for an endpoint only where there is a directory for it. */
export const controlAbsent = (directory: string) =>
  debug("control_absent", `No control endpoint: ${directory} does not exist`, {
    directory,
  });
export const controlUnavailable = (why: string) =>
  debug("control_unavailable", `No control endpoint: ${why}`, { why });
export const libcUnavailable = () =>
  warn(
    "libc_unavailable",
    "Cannot load libc: none of the known paths holds one that loads; degraded: orphans are not reaped, " +
      "and the child inherits blocked signals and, as root, loses supplementary groups",
  );
export const subreaperUnavailable = (why: string) =>
  warn(
    "subreaper_unavailable",
    `Cannot become a subreaper: ${why}; orphans go to init`,
    { why },
  );
export const reapingUnavailable = (errno: number) =>
  warn(
    "reaping_unavailable",
    `Cannot reap orphans: waitid was refused (os error ${errno}); they stay as zombies`,
    { errno },
  );
export const serviceTold = () =>
  debug(
    "service_manager_told",
    "Told the service manager that the child is ready (READY=1)",
  );
export const serviceUntold = (detail: string) =>
  warn(
    "service_manager_unreachable",
    `Cannot tell the service manager anything: ${detail}`,
    { detail },
  );
/** A fault of ours in what the service manager is told. */
export const reportsEnded = (detail: string) =>
  error(
    "service_reports_ended",
    `Cannot report to the service manager any more: ${detail}`,
    { detail },
  );
export const watchdogFed = (everyMs: number) =>
  debug(
    "watchdog_fed",
    `Telling the service manager's watchdog every ${
      formatDuration(everyMs)
    } that flush-manager runs (WATCHDOG=1)`,
    { every_ms: everyMs },
  );
export const socketsInherited = (count: number) =>
  info(
    "sockets_inherited",
    `The child inherits the sockets of LISTEN_FDS=${count}, from descriptor 3 on; its arguments must tell it so, because LISTEN_PID named flush-manager`,
    { count },
  );
export const oomScoreKept = (why: string) =>
  debug(
    "oom_score_not_set",
    `Cannot set oom_score_adj for the child: ${why}; it inherits the one of flush-manager`,
    { why },
  );
export const logDropped = (count: number) =>
  warn(
    "log_dropped",
    `Dropped ${count} log lines: stderr was not read fast enough`,
    {
      count,
    },
  );
export const reloadsNotFollowed = (detail: string) =>
  warn(
    "reloads_not_followed",
    `Reloads are neither numbered nor traced any more: ${detail}`,
    {
      detail,
    },
  );
export const tracesSentTo = (url: string) =>
  debug("traces_started", `Traces of reloads are sent to ${url}`, { url });
export const tracesOff = () =>
  info("traces_off", "No traces are sent: OTEL_SDK_DISABLED is true");
export const tracesNotSent = (url: string, why: string) =>
  warn(
    "traces_not_sent",
    `Cannot send traces to ${url}: ${why}; reloads go on without`,
    {
      url,
      why,
    },
  );
/** In place of so many records that say the same as one before them. */
export const repeated = (
  { level, event, fields: { reload_id } }: Message,
  count: number,
): Message => ({
  level,
  event: "message_repeated",
  text: `last message repeated ${count} times`,
  fields: {
    repeated: event,
    count,
    ...(reload_id === undefined ? {} : { reload_id }),
  },
});
export const stateChanged = (from: string, to: string, event: string) =>
  trace("state_changed", `State ${from} -> ${to} on ${event}`, {
    from,
    to,
    on: event,
  });
export const stalled = (forMs: number) =>
  info(
    "manager_stalled",
    `flush-manager did not run for ${
      formatDuration(Math.round(forMs))
    } (stopped, frozen or starved): time limits are extended by as much`,
    { stalled_ms: Math.round(forMs) },
  );
export const internalError = (detail: string) =>
  error(
    "internal_error",
    `Internal error: ${detail}; stopping the child process, please report this`,
    { detail },
  );

// The child.

export const configRestart = () =>
  info(
    "change_restarts",
    "Config file change detected, restarting child process...",
  );
export const childStarting = (command: string, args: readonly string[]) =>
  info("child_starting", `Starting child process: ${command} ${list(args)}`, {
    command,
    args,
  });
export const childStarted = (pid: number) =>
  info("child_started", `Child process started with PID: ${pid}`, { pid });
export const childStartFailed = (command: string, detail: string) =>
  error(
    "child_start_failed",
    `Cannot start child process ${command}: ${detail}`,
    {
      command,
      detail,
    },
  );
export const childStartRetry = (command: string, why: string, inMs: number) =>
  error(
    "child_start_retry",
    `Cannot start child process ${command}: ${why}; trying again in ${
      formatDuration(inMs)
    }`,
    { command, why, retry_ms: inMs },
  );
export const childRestarting = () =>
  info("child_restarting", "Restarting child process...");
export const childStopping = (pid: number, timeoutMs: number) =>
  info(
    "child_stopping",
    `Stopping child process (PID: ${pid}) with timeout: ${
      formatDuration(timeoutMs)
    }`,
    { pid, timeout_ms: timeoutMs },
  );
export const stopSignalSent = (pid: number, signal: Signal) =>
  debug(
    "child_stop_signal_sent",
    `Sent ${signal} to process (PID: ${pid}), waiting for graceful shutdown...`,
    { pid, signal },
  );
export const stopTimedOut = (pid: number) =>
  warn(
    "child_stop_timed_out",
    `Timeout waiting for graceful shutdown, sending SIGKILL to process (PID: ${pid})`,
    { pid },
  );
export const stopEscalated = (pid: number, signal: Signal) =>
  info(
    "manager_stop_escalated",
    `Received signal: ${signal} again, sending SIGKILL to process (PID: ${pid})`,
    { pid, signal },
  );
export const killFailed = (pid: number) =>
  error(
    "child_kill_failed",
    `Cannot end process (PID: ${pid}): it is still there after SIGKILL (uninterruptible wait?)`,
    { pid },
  );
export const startAwaitsRetiring = (pid: number) =>
  info(
    "child_start_deferred_by_old_child",
    `Next child process waits for the end of the old one (PID: ${pid}); no child is running until then`,
    { pid },
  );
export const groupKillFailed = (pid: number) =>
  error(
    "group_kill_failed",
    `Cannot end the child's process group (PGID: ${pid}): it has members after SIGKILL (zombies that nobody reaps? see --subreaper)`,
    { pid },
  );
export const childStopped = (pid: number) =>
  info("child_stopped", `Child process (PID: ${pid}) stopped gracefully`, {
    pid,
  });
export const groupStopping = (pid: number, timeoutMs: number) =>
  info(
    "group_stopping",
    `Stopping the rest of the child's process group (PGID: ${pid}) with timeout: ${
      formatDuration(timeoutMs)
    }`,
    { pid, timeout_ms: timeoutMs },
  );
export const groupTimedOut = (pid: number) =>
  warn(
    "group_timed_out",
    `Timeout waiting for the child's process group, sending SIGKILL to group (PGID: ${pid})`,
    { pid },
  );
export const groupKilled = (pid: number) =>
  info(
    "group_killed",
    `Sending SIGKILL to the rest of the child's process group (PGID: ${pid}), as --kill-mode mixed asks`,
    { pid },
  );
export const groupLeft = (pid: number) =>
  info(
    "group_left",
    `Leaving the rest of the child's process group (PGID: ${pid}) alone, as --kill-mode main asks`,
    { pid },
  );
export const restartExit = () =>
  debug("child_restart_exit", "Process exited due to restart request");
export const childRestarted = () =>
  info(
    "child_restarted",
    "Child process restarted successfully after config change",
  );
export const childRevived = () =>
  info("child_revived", "Child process restarted after it ended by itself");
export const hungChildReplaced = () =>
  info(
    "hung_child_replaced",
    "Child process restarted after it did not answer any more",
  );
export const backoffStarted = (
  reason: "crash" | "liveness",
  restarts: number,
  waitMs: number,
) =>
  info(
    "child_backoff_started",
    `Child process ${
      reason === "crash" ? "ended by itself" : "did not answer any more"
    }, restarting it in ${
      formatDuration(waitMs)
    } (restart ${restarts} in a row)`,
    { restarts, wait_ms: waitMs },
  );
export const backoffCutShort = () =>
  info(
    "change_starts",
    "Config file change detected, starting child process at once...",
  );
/** Without an end of the window, of all restarts. */
export const restartsExhausted = (count: number, windowMs: number) =>
  Number.isFinite(windowMs)
    ? error(
      "child_restarts_exhausted",
      `Cannot restart child process again: it has used up ${count} restarts in ${
        formatDuration(windowMs)
      }`,
      { count, window_ms: windowMs },
    )
    : error(
      "child_restarts_exhausted",
      `Cannot restart child process again: it has used up ${count} restarts`,
      { count },
    );
export const childExitedNormally = () =>
  info("child_exited_normally", "Child process exited normally");
export const childExitedAbnormally = (status: ExitStatus) =>
  info(
    "child_exited_abnormally",
    `Child process exited abnormally: ${describeStatus(status)}`,
    {
      status: describeStatus(status),
    },
  );
export const childExitedWithError = (status: ExitStatus) =>
  error(
    "child_exited_with_error",
    `Child process exited with error: ${describeStatus(status)}`,
    {
      status: describeStatus(status),
    },
  );

// Signals and the end.

export const signalForwarded = (signal: Signal, pid: number) =>
  debug(
    "signal_forwarded",
    `Forwarding ${signal} to child process (PID: ${pid})`,
    {
      signal,
      pid,
    },
  );
export const signalHeld = (signal: Signal) =>
  debug(
    "signal_held",
    `Received signal: ${signal}, holding it for the next child process`,
    {
      signal,
    },
  );
export const signalDropped = (signal: Signal) =>
  debug("signal_dropped", `Received signal: ${signal}, dropped as asked`, {
    signal,
  });
export const signalFailed = (signal: Signal, pid: number, why: string) =>
  error(
    "signal_failed",
    `Cannot send ${signal} to child process (PID: ${pid}): ${why}`,
    {
      signal,
      pid,
      why,
    },
  );
export const stopRequested = (signal: Signal) =>
  info(
    "manager_stop_requested",
    `Received signal: ${signal}, shutting down gracefully...`,
    { signal },
  );
export const shuttingDown = () =>
  info("manager_shutting_down", "Shutting down manager...");
export const shutdownComplete = () =>
  info("manager_shutdown_complete", "Manager shutdown complete");
