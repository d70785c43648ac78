/** Why a command of an operator cannot be taken now. Pure. */
import * as operator from "../text/operator.ts";
import type { Command } from "../vocabulary/command.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Goal, Running, State } from "../vocabulary/state.ts";
import { endsManager } from "./goal.ts";

export interface Objection {
  /**
   * `held`: changes are held back. `busy`: something else is under way that ends
   * by itself. `rejected`: there is no content that may be used. `no_child`: an
   * operator has stopped the child. `already`: it is as the command wants it.
   * `ending`: the manager is on its way to its end.
   */
  readonly code:
    | "held"
    | "busy"
    | "rejected"
    | "no_child"
    | "already"
    | "ending";
  /** Follows `Cannot …: ` in a sentence. */
  readonly why: string;
}

/** Undefined if the command can be taken now. */
export function objectionTo(
  model: Model,
  command: Command,
): Objection | undefined {
  const { state, gate } = model;
  const goal = goalOf(state);
  const isEnding = state.kind === "lingering" || state.kind === "done" ||
    (goal !== undefined && endsManager(goal));
  if (isEnding) return { code: "ending", why: operator.ENDING };
  switch (command.kind) {
    case "hold":
      return undefined;
    case "resume":
      return gate.kind === "open"
        ? { code: "already", why: operator.NOT_HELD }
        : undefined;
    case "reload":
      return toReload(model, goal, command.force);
    case "stopChild":
      return toStop(state, goal);
    case "startChild":
      return toStart(state, goal);
  }
}

/** What follows the end of the child, where that is decided. */
function goalOf(state: State): Goal | undefined {
  switch (state.kind) {
    case "draining":
    case "stopping":
    case "sweeping":
    case "afterExit":
      return state.goal;
    case "beforeStart":
    case "spawning":
      return state.stop?.goal;
    case "overlapping":
      return state.next.kind === "spawning" ? state.next.stop?.goal : undefined;
    default:
      return undefined;
  }
}

const busy = (why: string): Objection => ({ code: "busy", why });

function toReload(
  model: Model,
  goal: Goal | undefined,
  force: boolean,
): Objection | undefined {
  const { state, gate } = model;
  if (state.kind === "halted" || goal?.kind === "halt") {
    return { code: "no_child", why: operator.HALTED };
  }
  if (gate.kind === "held") {
    return { code: "held", why: operator.heldBack(gate.reason) };
  }
  switch (state.kind) {
    case "running":
      return toReloadOf(state, model, force);
    case "backingOff":
      return undefined;
    case "idle":
      return busy(operator.NOT_BEGUN);
    case "awaiting":
    case "preparing":
    case "proving":
    case "beforeStart":
    case "spawning":
    case "retrying":
      return busy(operator.STARTING);
    default:
      return busy(
        goal?.kind === "revive" ? operator.ENDED : operator.RELOADING,
      );
  }
}

function toReloadOf(
  child: Running,
  { retiring, health }: Model,
  force: boolean,
): Objection | undefined {
  const { pending, request, change, baseline } = child;
  if (retiring !== undefined) {
    return busy(operator.oldChildRemains(retiring.pid));
  }
  const isUnderWay = request !== undefined || pending.kind === "vetting" ||
    pending.kind === "awaiting" || pending.kind === "hooking" ||
    pending.kind === "acting";
  if (isUnderWay) return busy(operator.RELOADING);
  const isUnreadable = baseline.some(({ kind }, at) =>
    kind !== "fault" && health[at].kind === "faulty"
  );
  if (isUnreadable) return { code: "rejected", why: operator.UNREADABLE };
  // Content that changes is other content.
  const isKnown = pending.kind === "rejected" && change.kind !== "settling";
  return isKnown && !force
    ? { code: "rejected", why: operator.REJECTED }
    : undefined;
}

function toStop(
  { kind }: State,
  goal: Goal | undefined,
): Objection | undefined {
  if (kind === "idle") return busy(operator.NOT_BEGUN);
  if (kind === "halted") return { code: "already", why: operator.STOPPED };
  return goal?.kind === "halt"
    ? { code: "already", why: operator.STOPPING }
    : undefined;
}

function toStart(
  { kind }: State,
  goal: Goal | undefined,
): Objection | undefined {
  switch (kind) {
    case "halted":
      return undefined;
    case "idle":
      return busy(operator.NOT_BEGUN);
    case "running":
      return { code: "already", why: operator.RUNNING };
    default:
      return goal?.kind === "halt"
        ? busy(operator.STOPPING)
        : { code: "already", why: operator.STARTING };
  }
}
