/** The end of a child: the stop signal, and SIGKILL when its time is over. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  type EndReason,
  EXIT_BUG,
  EXIT_HUNG,
  EXIT_KILLED,
  exitCodeAfterStop,
  type ExitStatus,
  isAsked,
  isClean,
} from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import { KILL_GRACE_MS } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal, Running, Stopping } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { endsUnasked, keepsManager } from "../rules/goal.ts";
import { end } from "../transition/ending.ts";
import { forward } from "../child/forwarding.ts";
import { haltInstead } from "../transition/halting.ts";
import {
  askToEnd,
  continueStopped,
  kill,
  onBug,
  onUrgentStop,
} from "./killing.ts";
import {
  disarm,
  type End,
  enter,
  hold,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import {
  childOfTerminal,
  onSignal,
  stopLines,
} from "../transition/on_signal.ts";
import { sweep } from "./sweeping.ts";

/** Gives up what was begun for a running child. */
export const DISARM: readonly Effect[] = [
  ...disarm("look", "held", "defer", "ready", "await"),
  { kind: "cancel" },
];

/** Sends the stop signal to whom `--kill-mode` names and starts its time. */
export function beginStop(
  now: Now,
  { run, pid, held }: Pick<Running, "run" | "pid" | "held">,
  { goal, signal, say }: End,
): Transition {
  const { stopTimeoutMs } = now.policy;
  const by = now.at + stopTimeoutMs;
  const phase = { kind: "asked", by } as const;
  const state = { kind: "stopping", run, pid, held, goal, signal } as const;
  return enter(now, { ...state, phase }, [
    ...askToEnd(now, run, signal),
    ...DISARM,
    ...log(
      ...say,
      messages.childStopping(pid, stopTimeoutMs),
      messages.stopSignalSent(pid, signal),
    ),
  ]);
}

/** The child ended by itself; what is left of its group ends with it, for this goal. */
export function beginSweep(
  now: Now,
  { run, pid, held }: Pick<Running, "run" | "pid" | "held">,
  leader: ExitStatus,
  goal: Goal,
  ...lines: readonly Message[]
): Transition {
  const { stopSignal: signal } = now.policy;
  const phase = { kind: "unasked" } as const;
  const reason = isClean(leader) ? "exited" : "crash";
  return sweep(now, { run, pid, goal, signal, leader, reason, phase, held }, [
    ...DISARM,
    ...log(...exitLines(leader), ...lines),
  ]);
}

/** What is logged of a child that has ended by itself. */
const exitLines = (leader: ExitStatus): Message[] =>
  isClean(leader) ? [messages.childExitedNormally()] : [
    messages.childExitedAbnormally(leader),
    messages.childExitedWithError(leader),
  ];

export function stepStopping(
  now: Now,
  state: Stopping,
  event: Event,
): Transition {
  switch (event.kind) {
    case "exited":
      return event.run === state.run
        ? onLeaderGone(now, state, event.status)
        : stay(now);
    case "timer":
      return onTimer(now, state, event);
    case "signal":
      return onSignal(now, event, childOfTerminal(state.goal, event), {
        stop: () => onStop(now, state, event),
        forward: (signal) => onForward(now, state, signal),
      });
    case "stopChild":
      return haltInstead(now, state);
    case "bug":
      return onBug(now, state, event);
    default:
      return stay(now);
  }
}

function onTimer(
  now: Now,
  state: Stopping,
  { name }: EventOf<"timer">,
): Transition {
  if (name === "continue") return perform(now, continueStopped(now, state));
  return name === "stop" ? onTimeUp(now, state) : stay(now);
}
/** The next child gets the signals that wait, and those that come after them. */
const onForward = (now: Now, state: Stopping, signal: Signal): Transition =>
  state.held.length > 0 && keepsManager(state.goal)
    ? enter(now, { ...state, held: hold(state.held, signal) })
    : perform(now, forward(state, signal));

/** The rest of the group has the time that is left, or KILL_GRACE_MS if the leader was stuck. */
function onLeaderGone(
  now: Now,
  state: Stopping,
  leader: ExitStatus,
): Transition {
  const { phase } = state;
  const lines = log(...childGone(state, leader));
  const ended = { ...state, leader, reason: whyStopped(state.goal) };
  if (phase.kind !== "stuck") return sweep(now, { ...ended, phase }, lines);
  const { killed, timer } = graceFrom(now);
  return sweep(now, { ...ended, phase: killed }, [timer, ...lines]);
}

/** Why a child has ended that was asked to. */
function whyStopped(goal: Goal): EndReason {
  switch (goal.kind) {
    case "restart":
      return goal.endReason ??
        (goal.reason === "rollback" ? "not-ready" : "reload");
    case "retire":
      return goal.reason;
    case "halt":
      return "stopped";
    case "shutdown":
      return "shutdown";
    case "bug":
      return "error";
    case "hung":
      return "liveness";
    case "revive":
      return goal.reason;
    case "follow":
      return "crash";
  }
}

/** After SIGKILL: a new limit for somebody who had none any more. */
function graceFrom({ at }: Now) {
  const by = at + KILL_GRACE_MS;
  return {
    killed: { kind: "killed", by },
    timer: { kind: "timer", name: "stop", at: by },
  } as const;
}

/** What is logged when a child ends that was asked to: how, unless it is the end that it was asked for. */
function childGone(
  state: Stopping,
  status: ExitStatus,
): Message[] {
  const { goal, pid, signal } = state;
  const abnormally = messages.childExitedAbnormally(status);
  const stopped = messages.childStopped(pid);
  const ended = isAsked(status, signal) ? stopped : abnormally;
  switch (goal.kind) {
    case "retire":
    case "revive":
    case "hung":
    case "halt":
      return [ended];
    case "restart":
      return [messages.restartExit(), ended];
    default:
      return exitCodeAfterStop(status, signal) === 0
        ? [stopped]
        : [abnormally, messages.childExitedWithError(status)];
  }
}

/**
 * The time of the stop signal is over, or that of SIGKILL. A restart, an
 * operator, or the place of a child that retires waits for the leader without a
 * limit.
 */
function onTimeUp(now: Now, state: Stopping): Transition {
  const { goal, phase, pid } = state;
  if (phase.kind === "stuck" || now.at < phase.by) return stay(now);
  if (phase.kind === "asked") {
    return kill(now, state, messages.stopTimedOut(pid));
  }
  const failure = log(messages.killFailed(pid));
  switch (goal.kind) {
    case "restart":
    case "revive":
    case "halt":
    case "retire":
      return enter(now, { ...state, phase: { kind: "stuck" } }, failure);
    case "bug":
      return end(now, EXIT_BUG, failure);
    case "hung":
      return end(now, EXIT_HUNG, failure);
    default:
      return end(now, EXIT_KILLED, failure);
  }
}

/** The first request to stop changes what follows the stop; the next one is urgent. */
function onStop(
  now: Now,
  state: Stopping,
  event: EventOf<"signal">,
): Transition {
  const { goal } = state;
  if (!keepsManager(goal) && !endsUnasked(goal)) {
    return onUrgentStop(now, state, event);
  }
  const shutdown = { ...state, goal: { kind: "shutdown" } as const };
  const lines = log(...stopLines(event));
  if (state.phase.kind !== "stuck") return enter(now, shutdown, lines);
  const { killed, timer } = graceFrom(now);
  return enter(now, { ...shutdown, phase: killed }, [...lines, timer]);
}
