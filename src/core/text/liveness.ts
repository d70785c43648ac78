/** What is logged of a child that does not answer any more (`--live`). Part of the same contract as manager.ts. Pure. */
import { describeProbe } from "../notation/describe.ts";
import { formatDuration } from "../notation/duration.ts";
import { error, info, type Message, warn } from "../vocabulary/message.ts";
import type { LivenessRules } from "../vocabulary/settings.ts";
import type { Liveness } from "../vocabulary/state.ts";

/** One question has failed; `failures` counts those in a row. */
export const noAnswer = (
  pid: number,
  { sign, threshold }: Pick<LivenessRules, "sign" | "threshold">,
  failures: number,
  why: string,
) =>
  warn(
    "live_probe_failed",
    `Child process (PID: ${pid}) did not answer ${
      describeProbe(sign)
    }: ${why} (${failures} of ${threshold} in a row)`,
    { pid, probe: describeProbe(sign), why, failures, threshold },
  );
export const answersAgain = (pid: number, failures: number) =>
  info(
    "child_answers_again",
    `Child process (PID: ${pid}) answers again after ${
      failures === 1 ? "1 failed probe" : `${failures} failed probes`
    }`,
    { pid, failures },
  );
/** What a probe that has never worked tells is seldom about the child. */
export const hung = (
  pid: number,
  { sign, action }: Pick<LivenessRules, "sign" | "action">,
  { since = 0, answeredAt, failures }: Liveness,
  why: string,
  at: number,
): Message => {
  const probe = describeProbe(sign);
  const forMs = Math.round(at - (answeredAt ?? since));
  const count = failures === 1 ? "1 probe" : `${failures} probes in a row`;
  const what = answeredAt === undefined
    ? `has never answered ${probe} in ${
      formatDuration(forMs)
    } (${count}): ${why}; check the probe if the program works`
    : `hangs: it answered ${probe} until ${
      formatDuration(forMs)
    } ago (${count} failed): ${why}`;
  return error(
    "child_hung",
    `Child process (PID: ${pid}) ${what}; ${consequence(action)}`,
    { pid, probe, why, for_ms: forMs, answered: answeredAt !== undefined },
  );
};
export const triggered = (
  pid: number,
  { action }: Pick<LivenessRules, "action">,
): Message =>
  error(
    "child_hang_reported",
    `Child process (PID: ${pid}) says that it does not work any more (WATCHDOG=trigger); ${
      consequence(action)
    }`,
    { pid },
  );

function consequence(action: LivenessRules["action"]): string {
  switch (action.kind) {
    case "restart":
      return "stopping it for a restart";
    case "signal":
      return `sending it ${action.signal} for a restart`;
    case "exit":
      return "stopping it and shutting down";
  }
}
