/** The child as it goes out in JSON. Pure. */
import { isServing } from "../../core/child/ready_child.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import { signalName } from "../../core/vocabulary/signals.ts";
import type { Facts } from "../vocabulary/facts.ts";
import type { ExitRecord, Journal } from "../vocabulary/journal.ts";
import type { ChildStatus, ExitStatusJson } from "../vocabulary/status.ts";
import { servingChild } from "../../core/rules/children.ts";
import { moment, momentOrNull, seconds, secondsOrNull } from "./moments.ts";

/** A child that is being ended still has its pid and its times. */
export function childStatusOf(
  { state }: Model,
  journal: Journal,
  { clock }: Facts,
): ChildStatus {
  const child = servingChild(state);
  const known = journal.children.find(({ run }) => run === child?.run) ??
    journal.children.at(-1);
  return {
    running: child !== undefined,
    ready: child !== undefined && isServing(child),
    pid: known?.pid ?? null,
    started_at: momentOrNull(known?.startedAt),
    uptime_seconds: secondsOrNull(
      known === undefined ? undefined : clock - known.startedClock,
    ),
    start_reason: known?.reason ?? null,
    starts: journal.starts,
    last_exit: exitStatusOf(journal.lastExit),
  };
}

export const exitStatusOf = (
  exit: ExitRecord | undefined,
): ExitStatusJson | null =>
  exit === undefined ? null : {
    pid: exit.pid,
    at: moment(exit.at),
    code: exit.status.kind === "code" ? exit.status.code : null,
    signal: exit.status.kind === "signal"
      ? signalName(exit.status.number)
      : null,
    asked: exit.asked,
    uptime_seconds: seconds(exit.uptimeMs),
  };
