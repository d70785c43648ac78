/** One line for a service manager (`systemctl status`): what runs, and what became of the last reload. Pure. */
import { isServing } from "../../core/child/ready_child.ts";
import { shortLine } from "../../core/notation/one_line.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import { holdOf } from "../journal/gate.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import { servingChild } from "../../core/rules/children.ts";
import { moment } from "./moments.ts";
import { NOT_ANSWERED } from "./pending.ts";
import { whyNoChild } from "./no_child.ts";

/** systemctl shows it in one line of a terminal; the log and `flush-manager status` tell all. */
const STATUS_MAX_CHARS = 400;

/** A reload that a signal has asked for, and that was declined. */
export interface Declined {
  readonly at: number;
  readonly why: string;
}

/** `program` is the name of what the child runs: its arguments may hold secrets. */
export function serviceStatus(
  program: string,
  model: Model,
  journal: Journal,
  declined: Declined | undefined,
): string {
  const parts = [
    childText(program, model, journal),
    holdText(model),
    underWay(model, journal.current ?? journal.unready),
    declined === undefined
      ? lastText(journal.reloads)
      : `reload declined at ${moment(declined.at)}: ${declined.why}`,
  ];
  const text = parts.filter((part) => part !== undefined).join("; ");
  return shortLine(text, STATUS_MAX_CHARS);
}

function childText(
  program: string,
  { state }: Model,
  { children }: Journal,
): string {
  const child = servingChild(state);
  if (child === undefined) {
    return `No child serves: ${whyNoChild(state).detail}`;
  }
  const ready = isServing(child) ? "is ready" : "is not ready yet";
  const known = children.find(({ run }) => run === child.run);
  const since = known === undefined
    ? ""
    : `, runs since ${moment(known.startedAt)}`;
  return `${program} (PID: ${child.pid}) ${ready}${since}`;
}

function holdText(model: Model): string | undefined {
  const hold = holdOf(model);
  if (hold === undefined) return undefined;
  const why = hold.reason === undefined ? "" : ` (${hold.reason})`;
  return `changes are held back${why}`;
}

function underWay(
  { state }: Model,
  reload: ReloadRecord | undefined,
): string | undefined {
  if (reload === undefined) return undefined;
  const isQueued = state.kind === "running" && state.pending.kind === "queued";
  const what = isQueued
    ? `waits for the fleet: ${state.pending.why ?? NOT_ANSWERED}`
    : "is under way";
  return `reload ${reload.id} (${reload.trigger}) ${what}`;
}

/** The last one that has decided which content the child has. */
function lastText(reloads: readonly ReloadRecord[]): string | undefined {
  const last = reloads.findLast(({ outcome = "" }) =>
    Object.hasOwn(OUTCOMES, outcome)
  );
  if (last === undefined) return undefined;
  const { id, endedAt, outcome = "", detail } = last;
  const at = endedAt === undefined ? "" : ` at ${moment(endedAt)}`;
  const why = detail === undefined ? "" : `: ${detail}`;
  return `reload ${id} ${OUTCOMES[outcome]}${at}${why}`;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  applied: "applied",
  rejected: "rejected",
  rolled_back: "rolled back",
  failed: "failed",
};
