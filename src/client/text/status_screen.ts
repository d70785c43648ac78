/** A status for people at a terminal. Pure. */
import type {
  PathStatus,
  ReloadStatus,
  Status,
} from "../../control/vocabulary/status.ts";
import { formatBytes } from "../../core/notation/bytes.ts";
import { shortName } from "../../core/notation/content_name.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { fleetSummary } from "./fleet_text.ts";
import { coarse, length, relative, since } from "./moments.ts";
import type { Screen, Tone } from "./style.ts";
import { type Cell, cut, table } from "./table.ts";
import {
  childState,
  exitText,
  newestFirst,
  outcomeText,
  outcomeTone,
  pathTone,
  phasesText,
  startsText,
} from "./words.ts";

/** Lines without line feeds. */
export function statusScreen(status: Status, screen: Screen): string[] {
  return [
    headLine(status, screen),
    ...facts(status, screen),
    "",
    ...pathTable(status, screen),
    "",
    ...reloadTable(status, screen),
  ];
}

/** Not by colour alone: the words say the same. */
function headLine(status: Status, { style, columns }: Screen): string {
  const { child, state } = status;
  const tone: Tone = child.running && child.ready
    ? "good"
    : child.running
    ? "warning"
    : "bad";
  const head = `${oneLine(state)} for ${
    since(status.state_since, status.timestamp)
  }`;
  const rest = `flush-manager ${
    oneLine(status.version)
  }, PID ${status.pid}, up ${coarse(status.uptime_seconds)}, log level ${
    oneLine(status.log_level)
  }`;
  const room = columns - [...head].length - 4;
  return `${style(tone, "●")} ${style("bold", head)}  ${
    style("dim", cut(rest, Math.max(0, room)))
  }`;
}

function facts(status: Status, { columns, style }: Screen): string[] {
  const { timestamp: now, hold, fleet, pending, debug, last_error: error } =
    status;
  const { last_exit: exit } = status.child;
  const rows: (readonly [string, Cell])[] = [
    ["child", childText(status)],
    ["command", oneLine(status.command.join(" "))],
    ...exit === null ? [] : [
      [
        "last exit",
        `${exitText(exit)} ${relative(exit.at, now)}${
          exit.asked ? ", asked for" : ""
        }`,
      ] as const,
    ],
    ...hold === null
      ? []
      : [["held", ["warning", holdText(hold, now)]] as const],
    ...fleet === null ? [] : [["fleet", fleetSummary(fleet)] as const],
    ...pending === null ? [] : [
      [
        "pending",
        [
          "warning",
          oneLine(
            `${pending.reason}: ${pending.detail}${
              pending.until === null ? "" : `, ${relative(pending.until, now)}`
            }`,
          ),
        ],
      ] as const,
    ],
    ...error === null ? [] : [
      [
        "last error",
        ["bad", oneLine(`${relative(error.timestamp, now)}: ${error.message}`)],
      ] as const,
    ],
    ...(debug?.last_error?.output ?? []).map((line) =>
      ["", ["dim", oneLine(line)]] as const
    ),
    ...status.degraded.map(({ facility, detail }) =>
      ["degraded", ["warning", oneLine(`${facility}: ${detail}`)]] as const
    ),
  ];
  return table(rows.map(([name, cell]) => [`  ${name}`, cell]), columns, style);
}

function childText(status: Status): string {
  const { pid, uptime_seconds: uptime, start_reason, starts } = status.child;
  return oneLine(
    [
      childState(status),
      ...pid === null ? [] : [`PID ${pid}`],
      ...uptime === null ? [] : [`up ${coarse(uptime)}`],
      ...start_reason === null ? [] : [`started for ${start_reason}`],
    ].join(", ") + `; starts: ${startsText(starts)}`,
  );
}

function holdText(hold: NonNullable<Status["hold"]>, now: string): string {
  const begun = hold.since === null ? "" : `${relative(hold.since, now)}, `;
  const end = hold.until === null
    ? "until resume"
    : `ends ${relative(hold.until, now)}`;
  return oneLine(
    `${begun}${end}${hold.reason === null ? "" : `: ${hold.reason}`}`,
  );
}

const head = (...names: string[]): Cell[] =>
  names.map((name) => ["dim", name] as const);

function pathTable(status: Status, { columns, style }: Screen): string[] {
  const { paths, timestamp } = status;
  if (paths.length === 0) return [style("dim", "Nothing is watched")];
  const rows = paths.map((path) => pathRow(path, timestamp));
  const names = ["PATH", "STATUS", "RUNNING", "ON DISK", "SIZE", "MODIFIED"];
  return table([head(...names), ...rows], columns, style);
}

function pathRow(path: PathStatus, now: string): Cell[] {
  const status = oneLine(path.status);
  return [
    oneLine(path.path),
    [pathTone(status), status],
    digest(path.running_sha256),
    digest(path.disk_sha256),
    path.size_bytes === null ? "-" : formatBytes(path.size_bytes),
    oneLine(
      [
        path.modified_at === null ? "-" : relative(path.modified_at, now),
        ...path.detail === null ? [] : [path.detail],
      ].join("; "),
    ),
  ];
}

const digest = (sha256: string | null): string =>
  oneLine(sha256 === null ? "-" : shortName(sha256));

function reloadTable(status: Status, { columns, style }: Screen): string[] {
  const reloads = newestFirst(status);
  if (reloads.length === 0) return [style("dim", "No reload yet")];
  const rows = reloads.map((reload) => reloadRow(reload, status.timestamp));
  const names = ["RELOAD", "FOR", "OUTCOME", "BEGUN", "TOOK", "DOWN", "DETAIL"];
  return table([head(...names), ...rows], columns, style);
}

const reloadRow = (reload: ReloadStatus, now: string): Cell[] => [
  String(reload.id),
  oneLine(reload.trigger),
  [outcomeTone(reload), outcomeText(reload)],
  relative(reload.started_at, now),
  length(reload.duration_seconds),
  length(reload.downtime_seconds),
  oneLine(
    [...reload.detail === null ? [] : [reload.detail], phasesText(reload)]
      .join("; "),
  ),
];
