/** What GET /status?debug=true adds. Pure. */
import { formatDuration } from "../../core/notation/duration.ts";
import { createRedaction } from "../../core/notation/redaction.ts";
import type { Settings } from "../../core/vocabulary/settings.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { ErrorRecord, Journal } from "../vocabulary/journal.ts";
import type { DebugStatus } from "../vocabulary/status.ts";
import { exitStatusOf } from "./child_status.ts";
import { moment, momentOrNull, seconds } from "./moments.ts";
import { errorStatusOf } from "./status.ts";

type Watching = Pick<
  Settings,
  "pollIntervalMs" | "verifyIntervalMs" | "debounceMs" | "debounceMaxMs"
>;

export function debugOf(
  settings: Watching,
  journal: Journal,
  facts: Facts,
): DebugStatus {
  const { lastError } = journal;
  return {
    ...summaryOf(journal),
    last_error: lastError === undefined ? null : {
      ...errorStatusOf(lastError),
      time: timeForPeople(lastError, facts),
      output: redacted(lastError.tail),
    },
    last_exit: exitStatusOf(journal.lastExit),
    watcher: {
      degraded: facts.degradations
        .filter(({ facility }) => facility === "watcher")
        .map(({ detail }) => detail),
      hints: journal.hints,
      changes_found_by_poll: journal.foundByPoll,
      rearms: facts.watchRearms,
      unanswered_hint_at: momentOrNull(journal.hint?.at),
      poll_interval_seconds: seconds(settings.pollIntervalMs),
      verify_interval_seconds: seconds(settings.verifyIntervalMs),
      debounce_seconds: seconds(settings.debounceMs),
      debounce_max_seconds: seconds(settings.debounceMaxMs),
    },
    event_loop_lag_seconds: facts.eventLoopLagS,
    log_lines_dropped: facts.logLinesDropped,
  };
}

const { text: redact } = createRedaction();

/** All lines at once: a private key has several. */
const redacted = (lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? lines : redact(lines.join("\n")).split("\n");

function summaryOf(
  { current, lastError, startedAt }: Journal,
): Pick<DebugStatus, "status" | "message"> {
  if (current !== undefined) {
    const phase = current.phases.at(-1)?.phase ?? "begin";
    return {
      status: "processing",
      message:
        `Reload ${current.id} is under way (${phase}); ask again when it has ended`,
    };
  }
  if (lastError !== undefined) {
    return { status: "error", message: lastError.message };
  }
  return {
    status: "no_debug_info",
    message: `No error since the start at ${
      moment(startedAt)
    }; ask for a reload (POST /reload) to see a failure again, or set the log level to debug (PUT /log-level) for every step`,
  };
}

/** `2026-01-02 03:04:05 UTC (5m0s ago)` */
function timeForPeople({ at }: ErrorRecord, { now }: Facts): string {
  const [date, time] = moment(at).split("T");
  const agoMs = Math.max(0, Math.floor((now - at) / 1_000) * 1_000);
  return `${date} ${time.slice(0, 8)} UTC (${formatDuration(agoMs)} ago)`;
}
