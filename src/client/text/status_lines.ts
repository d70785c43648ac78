/**
 * A status as lines that are easy to search: a word, a colon, and values that are
 * whole, so that scripts need no JSON for a simple question. Pure.
 */
import type { PathStatus, Status } from "../../control/vocabulary/status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { fleetSummary } from "./fleet_text.ts";
import { length } from "./moments.ts";
import {
  childState,
  exitText,
  newestFirst,
  outcomeText,
  phasesText,
  startsText,
} from "./words.ts";

export function statusLines(status: Status): string {
  const { child, pending, hold, fleet, last_error: error, debug } = status;
  const lines: [name: string, value: string][] = [
    ["state", `${status.state} since ${status.state_since}`],
    ["version", status.version],
    ["pid", String(status.pid)],
    ["uptime", length(Math.floor(status.uptime_seconds))],
    ["command", status.command.join(" ")],
    ["log-level", status.log_level],
    ["child", childText(status)],
    ["starts", startsText(child.starts)],
    ...child.last_exit === null ? [] : [
      [
        "last-exit",
        `${child.last_exit.at} pid ${child.last_exit.pid} ${
          exitText(child.last_exit)
        }${child.last_exit.asked ? ", asked for" : ""}`,
      ] as [string, string],
    ],
    ...status.paths.map((path): [string, string] => ["path", pathText(path)]),
    ["hold", hold === null ? "none" : holdText(hold)],
    ...fleet === null
      ? []
      : [["fleet", fleetSummary(fleet)] as [string, string]],
    [
      "pending",
      pending === null
        ? "none"
        : `${pending.reason}${until(pending.until)}: ${pending.detail}`,
    ],
    ...newestFirst(status).map((reload): [string, string] => [
      "reload",
      [
        `${reload.id} ${reload.started_at} ${reload.trigger} ${
          outcomeText(reload)
        } in ${length(reload.duration_seconds)}`,
        ...reload.detail === null ? [] : [reload.detail],
        ...reload.phases.length === 0 ? [] : [phasesText(reload)],
      ].join("; "),
    ]),
    [
      "last-error",
      error === null
        ? "none"
        : `${error.timestamp} ${error.type}: ${error.message}`,
    ],
    ...(debug?.last_error?.output ?? []).map((line): [string, string] => [
      "output",
      line,
    ]),
    ...status.degraded.map(({ facility, detail }): [string, string] => [
      "degraded",
      `${facility}: ${detail}`,
    ]),
  ];
  return lines.map(([name, value]) => `${name}: ${oneLine(value)}\n`).join("");
}

function childText(status: Status): string {
  const { pid, uptime_seconds: uptime, start_reason } = status.child;
  return [
    childState(status),
    ...pid === null ? [] : [`pid ${pid}`],
    ...uptime === null ? [] : [`up ${length(Math.floor(uptime))}`],
    ...start_reason === null ? [] : [`started for ${start_reason}`],
  ].join(", ");
}

const pathText = (path: PathStatus): string =>
  `${path.path} ${path.status} running=${path.running_sha256 ?? "-"} disk=${
    path.disk_sha256 ?? "-"
  }${path.detail === null ? "" : ` (${path.detail})`}`;

const until = (moment: string | null): string =>
  moment === null ? "" : ` until ${moment}`;

const holdText = (hold: NonNullable<Status["hold"]>): string =>
  `since ${hold.since ?? "-"} until ${hold.until ?? "resume"}${
    hold.reason === null ? "" : `: ${hold.reason}`
  }`;
