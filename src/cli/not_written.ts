/** Output that could not be written to stdout, and how the process ends for it. */
import {
  EXIT_NOT_WRITTEN,
  exitCodeOf,
} from "../core/vocabulary/exit_status.ts";
import { SIGNAL_NUMBERS } from "../core/vocabulary/signals.ts";

/** The lines are for stderr; none where nobody reads any more, as behind `| head`. */
export class NotWritten extends Error {
  readonly lines: readonly string[];
  readonly code: number;

  constructor(cause: unknown) {
    super("stdout cannot be written", { cause });
    const isUnread = cause instanceof Deno.errors.BrokenPipe;
    const why = cause instanceof Error ? cause.message : String(cause);
    this.lines = isUnread ? [] : [
      `Cannot write to stdout: ${why.replace(/ \(os error \d+\).*$/s, "")}`,
    ];
    this.code = isUnread
      ? exitCodeOf({ kind: "signal", number: SIGNAL_NUMBERS.SIGPIPE })
      : EXIT_NOT_WRITTEN;
  }
}
