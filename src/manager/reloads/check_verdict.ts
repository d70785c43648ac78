/** Turns the result of a check into a verdict on the content. */
import { formatDuration } from "../../core/notation/duration.ts";
import type { Verdict } from "../../core/vocabulary/event.ts";
import { describeStatus, isClean } from "../../core/vocabulary/exit_status.ts";
import type { CommandResult } from "../../host/ask/command.ts";

/**
 * Only an exit code is an answer of the check itself. A check that was killed
 * or could not be started has given no answer.
 */
export function verdictOf(result: CommandResult, timeoutMs: number): Verdict {
  const unanswered = (detail: string, tail: readonly string[] = []) =>
    ({ kind: "rejected", ground: "circumstances", detail, tail }) as const;
  switch (result.kind) {
    case "ended": {
      const { status, tail } = result;
      if (isClean(status)) return { kind: "approved" };
      const detail = `the check ended with ${describeStatus(status)}`;
      return status.kind === "code"
        ? { kind: "rejected", ground: "check", detail, tail }
        : unanswered(detail, tail);
    }
    case "timedOut":
      return unanswered(
        `the check took longer than ${formatDuration(timeoutMs)}`,
        result.tail,
      );
    case "failed":
      return unanswered(`the check could not be started: ${result.detail}`);
    case "aborted":
      return unanswered("the check was given up");
  }
}
