/** The texts of `--before-start` and `--after-exit`. Part of the same contract as manager.ts. Pure. */
import { describeArgv, wordsOf } from "../notation/describe.ts";
import { formatDuration } from "../notation/duration.ts";
import { debug, error, info, warn } from "../vocabulary/message.ts";
import type { Argv } from "../vocabulary/settings.ts";

export const beforeStartRunning = (argv: Argv) =>
  info(
    "before_start_running",
    `Running before-start hook: ${describeArgv(argv)}`,
    wordsOf(argv),
  );
export const beforeStartDone = () =>
  debug("before_start_succeeded", "Before-start hook succeeded");
/** No child is running, and none is started on this attempt. */
export const beforeStartFailed = (detail: string) =>
  error(
    "before_start_failed",
    `Cannot start child process: ${whyNotStarted(detail)}`,
    { detail },
  );
/** Why new content is rejected while a child runs. */
export const whyNotStarted = (detail: string) =>
  `before-start hook failed: ${detail}`;
/** The next attempt follows the crash policy. */
export const startBackoff = (attempts: number, waitMs: number) =>
  info(
    "start_backoff",
    `Starting child process again in ${
      formatDuration(waitMs)
    } (restart ${attempts} in a row)`,
    { restarts: attempts, wait_ms: waitMs },
  );
export const afterExitRunning = (argv: Argv, pid: number) =>
  debug(
    "after_exit_running",
    `Running after-exit hook for child process (PID: ${pid}): ${
      describeArgv(argv)
    }`,
    { ...wordsOf(argv), pid },
  );
export const afterExitDone = () =>
  debug("after_exit_succeeded", "After-exit hook succeeded");
export const afterExitFailed = (detail: string) =>
  warn("after_exit_failed", `After-exit hook failed: ${detail}`, { detail });
/** Its own time is over, or that of the stop. */
export const afterExitEnded = () =>
  warn("after_exit_killed", "After-exit hook was killed: its time is over");
export const afterExitSkipped = (pid: number) =>
  warn(
    "after_exit_skipped",
    `After-exit hook for child process (PID: ${pid}) is not run: no time of the stop is left`,
    { pid },
  );
/** What a hook has printed without which there is no child. */
export const hookOutputAtStart = (line: string) =>
  error("hook_output", `Hook output: ${line}`, { line });
export const hookOutput = (line: string) =>
  warn("hook_output", `Hook output: ${line}`, { line });
