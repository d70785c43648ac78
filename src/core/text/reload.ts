/**
 * The texts of safe reloads: vetting, actions, readiness, rollback, overlap.
 * Part of the same contract as manager.ts. Pure.
 */
import { formatDuration } from "../notation/duration.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import {
  debug,
  error,
  info,
  type Message,
  warn,
} from "../vocabulary/message.ts";
import {
  describeAction,
  describeArgv,
  describeProbe,
  withoutCredentials,
  wordsOf,
} from "../notation/describe.ts";
import type { Argv, Gentle, ReadinessRules } from "../vocabulary/settings.ts";
import type { Signal } from "../vocabulary/signals.ts";

export const listening = (address: string, fd: number) =>
  info("socket_listening", `Listening on ${address} as descriptor ${fd}`, {
    address,
    fd,
  });

// Vetting.

export const vetting = () =>
  debug("content_checking", "Checking the new configuration");
export const approved = () =>
  info("content_accepted", "New configuration accepted");
export const rejected = (detail: string, retryMs: number | undefined) =>
  warn(
    "content_rejected",
    `New configuration rejected: ${detail}; the child keeps its last configuration${
      retryMs === undefined
        ? " until it changes again"
        : theNewOneAgain(retryMs)
    }`,
    { detail, ...retryField(retryMs) },
  );
export const rejectedAtStart = (detail: string) =>
  error(
    "content_rejected_at_start",
    `Cannot start child process: configuration rejected: ${detail}`,
    {
      detail,
    },
  );
export const rejectedButStarting = (detail: string) =>
  warn(
    "content_rejected_but_started",
    `Configuration rejected: ${detail}; starting on it all the same`,
    {
      detail,
    },
  );
export const rejectedSoStartingOnLast = (
  detail: string,
  retryMs: number | undefined,
) =>
  warn(
    "content_rejected_last_started",
    `New configuration rejected: ${detail}; starting on the last configuration${
      retryMs === undefined
        ? " until it changes again"
        : theNewOneAgain(retryMs)
    }`,
    { detail, ...retryField(retryMs) },
  );
/** What is rejected by circumstances has another turn. */
export const tryingAgain = () =>
  info("content_tried_again", "Trying the rejected configuration again");
export const checkOutput = (line: string) =>
  warn("check_output", `Check output: ${line}`, { line });
/** Of a check without which there is no child. */
export const checkOutputAtStart = (line: string) =>
  error("check_output", `Check output: ${line}`, { line });
export const unsaved = (detail: string, retryMs: number) =>
  warn(
    "content_not_saved",
    `Cannot save the new configuration: ${detail}; trying again in ${
      formatDuration(retryMs)
    }`,
    { detail, retry_ms: retryMs },
  );
export const notSwitched = (detail: string, retryMs: number) =>
  warn(
    "copy_not_switched",
    `${detail}; trying again in ${formatDuration(retryMs)}`,
    {
      detail,
      retry_ms: retryMs,
    },
  );
export const notSwitchedBack = (detail: string) =>
  warn(
    "copy_not_switched_back",
    `${detail}; the rejected configuration is found there until the next reload`,
    {
      detail,
    },
  );
export const currentNotSwitched = (detail: string) =>
  warn(
    "copy_current_not_switched",
    `${detail}; the configuration before is found there until the next reload`,
    {
      detail,
    },
  );
export const snapshotsExposed = (directory: string, mode: number) =>
  warn(
    "snapshot_directory_exposed",
    `Snapshot directory ${directory} has mode ${
      octal(mode)
    }: others may take copies away or put others there, so each is verified before it is used`,
    { directory, mode: octal(mode) },
  );
export const copyLost = (detail: string) =>
  warn("copy_lost", `${detail}; saving the configuration again`, { detail });
export const copyLostSoStartingOnGood = (detail: string) =>
  warn(
    "copy_lost_last_good_started",
    `${detail}; starting on the last good configuration`,
    { detail },
  );
export const unsavedAtStart = (detail: string) =>
  error(
    "content_not_saved_at_start",
    `Cannot save the configuration: ${detail}`,
    { detail },
  );
export const environmentKept = (detail: string) =>
  warn(
    "environment_kept",
    `${detail}; the child gets the variables of its last start`,
    {
      detail,
    },
  );

// Turns.

export const deferred = (waitMs: number) =>
  info(
    "change_deferred",
    `Config file change waits ${
      formatDuration(Math.round(waitMs))
    } for its turn`,
    { wait_ms: Math.round(waitMs) },
  );
export const deferredByRetiring = (pid: number) =>
  info(
    "change_deferred_by_old_child",
    `Config file change waits for the end of the old child process (PID: ${pid})`,
    { pid },
  );

// Actions other than a restart.

export const changeIgnored = () =>
  info(
    "change_ignored",
    "Config file change detected, nothing else to do as asked",
  );
export const changeSignals = (signal: Signal, pid: number) =>
  info(
    "change_signals",
    `Config file change detected, sending ${signal} to child process (PID: ${pid})`,
    { signal, pid },
  );
export const changeSignalHeld = (signal: Signal, pid: number) =>
  info(
    "change_signal_held",
    `Config file change detected, sending ${signal} to child process (PID: ${pid}) when it is ready`,
    { signal, pid },
  );
export const changeActs = (actions: readonly Gentle[]) => {
  const names = namesOf(actions);
  return info(
    "change_acts",
    `Config file change detected, carrying out ${actions.length} actions in order: ${
      names.join(", ")
    }`,
    { actions: names },
  );
};
export const actionsSkipped = (skipped: readonly Gentle[]) => {
  const names = namesOf(skipped);
  return info(
    "actions_skipped",
    `The restart puts all changes into effect, so this is skipped: ${
      names.join(", ")
    }`,
    { actions: names },
  );
};
export const changeRuns = (argv: Argv) =>
  info(
    "change_runs",
    `Config file change detected, running ${describeArgv(argv)}`,
    wordsOf(argv),
  );
export const changeCalls = (method: string, url: string) =>
  info(
    "change_calls",
    `Config file change detected, calling ${method} ${withoutCredentials(url)}`,
    { method, url: withoutCredentials(url) },
  );
export const callRetry = (why: string, inMs: number) =>
  warn(
    "action_retry",
    `Cannot apply the new configuration yet: ${why}; trying again in ${
      formatDuration(inMs)
    }`,
    { why, retry_ms: inMs },
  );
export const applied = () =>
  info("content_applied", "New configuration applied");
export const notApplied = (detail: string, retryMs: number | undefined) =>
  error(
    "content_not_applied",
    `Cannot apply the new configuration: ${detail}; ${whenAgain(retryMs)}`,
    { detail, ...retryField(retryMs) },
  );
/** Of several actions, which one failed, and which ones are not begun after it. */
export function whichFailed(
  actions: readonly Gentle[],
  failed: number,
  detail: string,
): string {
  if (actions.length === 1) return detail;
  const rest = actions.slice(failed + 1);
  const skipped = rest.length === 0
    ? ""
    : ` (not begun after it: ${namesOf(rest)})`;
  return `${describeAction(actions[failed])}: ${detail}${skipped}`;
}
const namesOf = (actions: readonly Gentle[]) => actions.map(describeAction);
export const actionOutput = (line: string) =>
  error("action_output", `Action output: ${line}`, { line });

// Readiness and rollback.

export const childReady = (pid: number, afterMs: number) =>
  info(
    "child_ready",
    `Child process (PID: ${pid}) is ready after ${
      formatDuration(Math.round(afterMs))
    }`,
    { pid, after_ms: Math.round(afterMs) },
  );
export const childProven = (pid: number, timeoutMs: number) =>
  info(
    "child_proven",
    `Child process (PID: ${pid}) has kept running for ${
      formatDuration(timeoutMs)
    } on its configuration, which is the last good one now`,
    { pid, timeout_ms: timeoutMs },
  );
/** `answer` is the last one that was no, if there was any. */
export const childNotReady = (
  pid: number,
  rules: Pick<ReadinessRules, "sign" | "timeoutMs" | "threshold">,
  answer: string | undefined,
) => {
  const { timeoutMs } = rules;
  const why = answer ?? whyNoSign(rules);
  return error(
    "child_not_ready",
    `Child process (PID: ${pid}) is not ready after ${
      formatDuration(timeoutMs)
    }: ${why}`,
    { pid, timeout_ms: timeoutMs, why },
  );
};
/** What is missing where no probe has said so. */
function whyNoSign(
  { sign, threshold }: Pick<ReadinessRules, "sign" | "threshold">,
): string {
  if (sign === undefined) return "it gave no sign";
  switch (sign.kind) {
    case "log":
      return `no line of its output matches ${describeProbe(sign)}`;
    case "notify":
      return "it has not sent READY=1";
    default:
      return threshold === 1
        ? `${describeProbe(sign)} has not answered`
        : `${
          describeProbe(sign)
        } has not succeeded ${threshold} times in a row`;
  }
}
export const stillNotReady = (why: string) =>
  debug("child_not_ready_yet", `Child process is not ready yet: ${why}`, {
    why,
  });
export const signRefused = (sign: string) =>
  warn(
    "ready_sign_refused",
    `Cannot take ${sign} for a sign of the new child process: it was there before the child was started; use a sign that only the new child can give (notify, log: or {run})`,
    { sign },
  );
export const rollingBack = (
  bad: Fingerprint,
  good: Fingerprint,
  retryMs: number | undefined,
) =>
  error(
    "rollback_started",
    `Rolling back: the child failed on the new configuration (sha256 ${
      shortDigest(bad)
    }), starting it on the last good one (sha256 ${
      shortDigest(good)
    }); the new one is ${whenAgain(retryMs)}`,
    {
      rejected_sha256: digest(bad),
      good_sha256: digest(good),
      ...retryField(retryMs),
    },
  );
export const rolledBack = () =>
  info(
    "rollback_done",
    "Child process restarted on the last good configuration",
  );

// Overlap and drain.

export const overlapStarting = (pid: number) =>
  info(
    "overlap_starting",
    `Starting the next child process beside the running one (PID: ${pid})`,
    { pid },
  );
export const overlapFailed = (
  why: string,
  pid: number,
  retryMs: number | undefined,
) =>
  error(
    "overlap_failed",
    `Cannot replace child process (PID: ${pid}): ${why}; it keeps running on its last configuration; the new one is ${
      whenAgain(retryMs)
    }`,
    { why, pid, ...retryField(retryMs) },
  );
export const draining = (pid: number, delayMs: number) =>
  info(
    "child_draining",
    `Draining child process (PID: ${pid}) for ${
      formatDuration(delayMs)
    } before it is stopped`,
    { pid, delay_ms: delayMs },
  );
export const overlapOldGone = (pid: number) =>
  error(
    "overlap_old_child_ended",
    `Child process (PID: ${pid}) ended by itself before the next one was ready`,
    { pid },
  );
export const restartedOnRequest = () =>
  info(
    "child_restarted_on_request",
    "Child process restarted successfully as requested",
  );

// Dependencies.

export const dependenciesAwaited = (missing: readonly string[]) =>
  info(
    "dependencies_awaited",
    `Waiting for dependencies: ${missing.join(", ")}`,
    {
      missing,
    },
  );
export const dependenciesAvailable = () =>
  info("dependencies_available", "All dependencies are available");
export const dependenciesMissing = (
  timeoutMs: number,
  missing: readonly string[],
) =>
  error(
    "dependencies_missing",
    `Cannot start child process: ${whyMissing(timeoutMs, missing)}`,
    { timeout_ms: timeoutMs, missing },
  );
/** Why new content is rejected while a child runs. */
export const whyMissing = (
  timeoutMs: number,
  missing: readonly string[],
): string =>
  `dependencies are missing after ${formatDuration(timeoutMs)}: ${
    missing.join(", ")
  }`;

/** When rejected content is tried again; undefined is never. */
const whenAgain = (retryMs: number | undefined): string =>
  retryMs === undefined
    ? "not tried again until it changes"
    : `tried again in ${formatDuration(retryMs)} unless it changes`;

const theNewOneAgain = (retryMs: number) =>
  `; the new one is ${whenAgain(retryMs)}`;

const retryField = (retryMs: number | undefined): Record<string, number> =>
  retryMs === undefined ? {} : { retry_ms: retryMs };

const octal = (mode: number) => mode.toString(8).padStart(4, "0");

/** Of what a check or an action has printed, so many lines are logged; the status of the manager has more. */
const LOGGED_LINES = 10;

/** The last lines that a check or an action has printed. */
export const outputOf = (
  line: (text: string) => Message,
  tail: readonly string[],
): Message[] => tail.slice(-LOGGED_LINES).map(line);

/** The SHA-256 of each path's content; a path that cannot be read has none. */
function digest(content: Fingerprint): string {
  return content.map((print) => print.kind === "fault" ? "-" : print.identity)
    .join(",");
}

const SHORT_DIGEST = 12;

function shortDigest(content: Fingerprint): string {
  return digest(content).split(",").map((one) => one.slice(0, SHORT_DIGEST))
    .join(",");
}
