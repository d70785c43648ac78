/** The children that run: their starts, answers and ends. Pure. */
import type { ExitStatus } from "../../../core/vocabulary/exit_status.ts";
import type { Model } from "../../../core/vocabulary/model.ts";
import type { Running } from "../../../core/vocabulary/state.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";
import type { Journal } from "../../vocabulary/journal.ts";
import { withOneMore } from "./histogram.ts";
import type { Moment } from "./moment.ts";
import { signalName } from "../../../core/vocabulary/signals.ts";

/** The child of this number, while nobody has asked it to end. */
export function childOf({ state }: Model, run: number): Running | undefined {
  return childrenIn(state).find((child) => child.run === run);
}

function childrenIn(state: Model["state"]): readonly Running[] {
  switch (state.kind) {
    case "running":
      return [state];
    case "draining":
      return [state.child];
    case "overlapping": {
      const { old, next } = state;
      return next.kind === "spawning" ? [old] : [old, next.child];
    }
    default:
      return [];
  }
}

/** Takes in that a child was started, has answered, or has ended. */
export function withChildren(
  journal: Journal,
  taken: TakenStep,
  now: Moment,
): Journal {
  const { event } = taken;
  const asked = taken.effects.findLast(({ kind }) => kind === "spawn");
  const starting = asked?.kind === "spawn"
    ? asked.occasion.reason
    : journal.starting;
  const next = starting === journal.starting
    ? journal
    : { ...journal, starting };
  switch (event.kind) {
    case "spawned":
      // A late answer changes nothing.
      return taken.after === taken.before ? next : withStart(next, event, now);
    case "exited":
      return withExit(next, taken, event, now);
    case "lived": {
      // A late answer changes nothing.
      if (taken.after === taken.before) return next;
      const result = event.why === undefined ? "success" : "failure";
      return { ...next, lived: withOneMore(next.lived, result) };
    }
    default:
      return next;
  }
}

function withStart(
  journal: Journal,
  { run, pid }: { readonly run: number; readonly pid: number },
  { at, clock }: Moment,
): Journal {
  const { starting: reason = "start", children, starts } = journal;
  const child = { run, pid, reason, startedAt: at, startedClock: clock };
  return {
    ...journal,
    starting: undefined,
    children: [...children, child],
    childStartedAt: at,
    childlessSince: undefined,
    starts: withOneMore(starts, reason),
  };
}

function withExit(
  journal: Journal,
  { before }: TakenStep,
  { run, status }: { readonly run: number; readonly status: ExitStatus },
  { at, clock }: Moment,
): Journal {
  const child = journal.children.find((other) => other.run === run);
  if (child === undefined) return journal;
  const children = journal.children.filter((other) => other.run !== run);
  return {
    ...journal,
    children,
    childStartedAt: children.at(-1)?.startedAt,
    childlessSince: children.length === 0 ? clock : undefined,
    exits: withOneMore(journal.exits, nameOf(status)),
    lastExit: {
      at,
      pid: child.pid,
      status,
      asked: isAskedToEnd(before, run),
      uptimeMs: clock - child.startedClock,
    },
  };
}

const isAskedToEnd = ({ state, retiring }: Model, run: number): boolean =>
  [state, retiring].some((one) => one?.kind === "stopping" && one.run === run);

/** `code:0`, `signal:SIGKILL`, or `signal:34` for a signal without a name. */
const nameOf = (status: ExitStatus): string =>
  status.kind === "code"
    ? `code:${status.code}`
    : `signal:${signalName(status.number)}`;
