/**
 * What is logged of an operator's commands: reloads, holds, and a child that is
 * stopped and started. Part of the same contract as manager.ts. Pure.
 */
import { formatDuration } from "../notation/duration.ts";
import type { Command } from "../vocabulary/command.ts";
import { info, warn } from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";

type Why = string | undefined;

/** `reason` is the operator's; without `forMs` somebody has to resume. */
export const held = (reason: Why, forMs: number | undefined) =>
  info(
    "hold_started",
    `Changes are held back ${
      forMs === undefined
        ? "until they are resumed"
        : `for ${formatDuration(Math.round(forMs))}`
    }${because(reason)}`,
    {
      ...(reason === undefined ? {} : { reason }),
      ...(forMs === undefined ? {} : { for_ms: Math.round(forMs) }),
    },
  );
/** `leftMs` is what is left of the hold; without it somebody has to resume. */
export const changeHeldBack = (reason: Why, leftMs: number | undefined) => {
  const more =
    (leftMs === undefined
      ? ""
      : `, at the latest in ${formatDuration(Math.round(leftMs))}`) +
    because(reason);
  return more === ""
    ? warn(
      "change_held_back",
      "Config file change waits until changes are resumed",
    )
    : warn(
      "change_held_back",
      `Config file change waits until changes are resumed${more}`,
      {
        ...(reason === undefined ? {} : { reason }),
        ...(leftMs === undefined ? {} : { wait_ms: Math.round(leftMs) }),
      },
    );
};
export const resumed = () => info("hold_ended", "Changes are resumed");
/** The time of the hold is over. */
export const holdEnded = (reason: Why, afterMs: number) =>
  info(
    "hold_expired",
    `Changes are resumed: they were held back for ${
      formatDuration(Math.round(afterMs))
    }, as asked${because(reason)}`,
    {
      ...(reason === undefined ? {} : { reason }),
      after_ms: Math.round(afterMs),
    },
  );
export const reloadRequested = (force: boolean) =>
  force
    ? info(
      "reload_requested",
      "Reload of child process requested, also on configuration that was rejected",
      { force },
    )
    : info("reload_requested", "Reload of child process requested", { force });
/** What `--reload-signal` makes of a signal. */
export const reloadSignalled = (signal: Signal) =>
  info(
    "reload_signal_received",
    `Received signal: ${signal}, which asks for a reload`,
    { signal },
  );
export const reloadWaits = (signal: Signal, why: string) =>
  info(
    "reload_waiting",
    `Reload of child process by ${signal} waits: ${why}`,
    { signal, why },
  );
/** A child is about to be started on what the paths hold then. */
export const reloadByStart = (signal: Signal) =>
  info(
    "reload_by_start",
    `Reload of child process by ${signal} needs nothing more: a child process is about to be started`,
    { signal },
  );
export const haltRequested = () =>
  info("child_stop_requested", "Stop of child process requested");
export const startRequested = () =>
  info("child_start_requested", "Start of child process requested");
export const halted = () =>
  info(
    "child_halted",
    "No child process is running until its start is requested; flush-manager keeps running",
  );
export const changeAwaitsStart = () =>
  info(
    "change_awaits_start",
    "Config file change waits for the start of the child process",
  );

/** What each command is to do. */
const DEEDS: Readonly<Record<Command["kind"], string>> = {
  hold: "hold changes back",
  resume: "resume changes",
  reload: "reload child process",
  stopChild: "stop child process",
  startChild: "start child process",
};
/** A command that nothing comes of. */
export const declined = (command: Command["kind"], why: string) =>
  warn("command_declined", `Cannot ${DEEDS[command]} as requested: ${why}`, {
    command,
    why,
  });
/** A reload whose look has found a path that cannot be read, which was logged before. */
export const reloadUnreadable = () =>
  warn(
    "reload_unreadable",
    `Cannot reload child process as requested: ${UNREADABLE}`,
    {
      command: "reload",
      why: UNREADABLE,
    },
  );

// Why a command is declined.

export const UNREADABLE =
  "a watched path cannot be read; the child keeps its last configuration";
export const REJECTED =
  "the configuration was rejected and has not changed since (force tries it again)";
export const ENDING = "flush-manager is shutting down";
export const NOT_BEGUN = "flush-manager has not begun yet";
export const RELOADING = "a reload is under way";
export const STARTING = "the child process is being started";
export const ENDED = "the child process has ended and is about to be restarted";
export const RUNNING = "the child process is running";
export const STOPPING = "the child process is being stopped as requested";
export const HALTED = "the child process is stopped (start it instead)";
export const STOPPED = "the child process is stopped";
export const NOT_HELD = "they are not held back";
export const oldChildRemains = (pid: number) =>
  `the old child process (PID: ${pid}) has not ended yet; try again`;
export const heldBack = (reason: Why) =>
  `changes are held back${because(reason)}`;

const because = (reason: Why): string =>
  reason === undefined ? "" : `: ${reason}`;
