/** The texts of `--before-start` and `--after-exit`. Part of the same contract as manager.ts. Pure. */
import { describeArgv } from "../notation/describe.ts";
import { formatDuration } from "../notation/duration.ts";
import { debug, error, info } from "../vocabulary/message.ts";
import type { Argv } from "../vocabulary/settings.ts";

export const beforeStartRunning = (argv: Argv) =>
  info(`Running before-start hook: ${describeArgv(argv)}`, {
    command: describeArgv(argv),
  });
export const beforeStartDone = () => debug("Before-start hook succeeded");
/** No child is running, and none is started on this attempt. */
export const beforeStartFailed = (detail: string) =>
  error(`Cannot start child process: ${whyNotStarted(detail)}`, { detail });
/** Why new content is rejected while a child runs. */
export const whyNotStarted = (detail: string) =>
  `before-start hook failed: ${detail}`;
/** The next attempt follows the crash policy. */
export const startBackoff = (attempts: number, waitMs: number) =>
  info(
    `Starting child process again in ${
      formatDuration(waitMs)
    } (restart ${attempts} in a row)`,
    { restarts: attempts, wait_ms: waitMs },
  );
export const afterExitRunning = (argv: Argv, pid: number) =>
  debug(
    `Running after-exit hook for child process (PID: ${pid}): ${
      describeArgv(argv)
    }`,
    { command: describeArgv(argv), pid },
  );
export const afterExitDone = () => debug("After-exit hook succeeded");
export const afterExitFailed = (detail: string) =>
  error(`After-exit hook failed: ${detail}`, { detail });
/** Its own time is over, or that of the stop. */
export const afterExitEnded = () =>
  error("After-exit hook was killed: its time is over");
export const afterExitSkipped = (pid: number) =>
  error(
    `After-exit hook for child process (PID: ${pid}) is not run: no time of the stop is left`,
    { pid },
  );
export const hookOutput = (line: string) =>
  error(`Hook output: ${line}`, { line });
