/** The end of a child: the stop signal, and SIGKILL when its time is over. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_KILLED,
  exitCodeAfterStop,
  type ExitStatus,
  isClean,
} from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import { KILL_GRACE_MS } from "../vocabulary/policy.ts";
import type { Goal, Running, Stopping } from "../vocabulary/state.ts";
import * as messages from "../text/messages.ts";
import { end, giveUp, goalAfterBug } from "./ending.ts";
import { forward } from "./forwarding.ts";
import {
  disarm,
  type End,
  enter,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "./moves.ts";
import { onSignal, stopLines } from "./on_signal.ts";
import { sweep } from "./sweeping.ts";

/** Gives up what was begun for a running child. */
export const DISARM: readonly Effect[] = [
  ...disarm("look", "held", "defer", "ready"),
  { kind: "cancel" },
];

/** Sends the stop signal to the child's group and starts its time. */
export function beginStop(
  now: Now,
  { run, pid, held }: Pick<Running, "run" | "pid" | "held">,
  { goal, signal, say }: End,
): Transition {
  const { stopTimeoutMs } = now.policy;
  const deadlineAt = now.at + stopTimeoutMs;
  const state: Stopping = {
    kind: "stopping",
    run,
    pid,
    held,
    goal,
    signal,
    deadlineAt,
    killed: false,
  };
  return enter(now, state, [
    { kind: "signal", run, signal },
    { kind: "timer", name: "stop", at: deadlineAt },
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
  const rest = { deadlineAt: undefined, killed: false, held } as const;
  return sweep(now, { run, pid, goal, signal, leader, ...rest }, [
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
      return event.name === "stop" && now.at >= state.deadlineAt
        ? onTimeUp(now, state)
        : stay(now);
    case "signal":
      return onSignal(now, event, "child", {
        stop: () => onStop(now, state, event),
        forward: (signal) => perform(now, forward(state, signal)),
      });
    case "bug":
      return onBug(now, state, event);
    default:
      return stay(now);
  }
}

/** The rest of the group has the time that is left, or KILL_GRACE_MS if its leader had no deadline any more. */
function onLeaderGone(
  now: Now,
  state: Stopping,
  leader: ExitStatus,
): Transition {
  const lines = log(...childGone(state, leader));
  if (state.deadlineAt !== Infinity) {
    return sweep(now, { ...state, leader }, lines);
  }
  const deadlineAt = now.at + KILL_GRACE_MS;
  return sweep(now, { ...state, leader, deadlineAt }, [
    { kind: "timer", name: "stop", at: deadlineAt },
    ...lines,
  ]);
}

/** What is logged when a child ends that was asked to. */
function childGone(
  { goal, killed, pid, signal }: Stopping,
  status: ExitStatus,
): Message[] {
  const abnormally = messages.childExitedAbnormally(status);
  const stopped = messages.childStopped(pid);
  switch (goal.kind) {
    case "retire":
      return [killed ? abnormally : stopped];
    case "restart":
      return [messages.restartExit(), killed ? abnormally : stopped];
    default:
      return exitCodeAfterStop(status, signal) === 0
        ? [stopped]
        : [abnormally, messages.childExitedWithError(status)];
  }
}

function onTimeUp(now: Now, state: Stopping): Transition {
  const { goal, killed, pid } = state;
  if (!killed) return kill(now, state, messages.stopTimedOut(pid));
  const failure = log(messages.killFailed(pid));
  if (goal.kind === "restart" || goal.kind === "retire") {
    // Without the end of this child there is no next one: that would be one too many.
    return enter(now, { ...state, deadlineAt: Infinity }, failure);
  }
  return end(now, goal.kind === "bug" ? EXIT_BUG : EXIT_KILLED, failure);
}

/** The stop signal may not have been sent: SIGKILL makes sure, once. */
function onBug(
  now: Now,
  state: Stopping,
  { detail }: EventOf<"bug">,
): Transition {
  const line = messages.internalError(detail);
  if (state.goal.kind === "bug" && state.killed) return giveUp(now, line);
  return kill(now, { ...state, goal: goalAfterBug(state.goal) }, line);
}

function kill(now: Now, state: Stopping, why: Message): Transition {
  // A second SIGKILL does not buy more time.
  const graceEndsAt = now.at + KILL_GRACE_MS;
  const deadlineAt = state.killed
    ? Math.min(state.deadlineAt, graceEndsAt)
    : graceEndsAt;
  return enter(now, { ...state, killed: true, deadlineAt }, [
    { kind: "signal", run: state.run, signal: "SIGKILL" },
    { kind: "timer", name: "stop", at: deadlineAt },
    ...log(why),
  ]);
}

/** The first request to stop changes what follows the stop for a restart; the next one is urgent. */
function onStop(
  now: Now,
  state: Stopping,
  event: EventOf<"signal">,
): Transition {
  const { goal, killed, pid, deadlineAt } = state;
  if (goal.kind !== "restart") {
    return killed
      ? stay(now)
      : kill(now, state, messages.stopEscalated(pid, event.signal));
  }
  const shutdown = { ...state, goal: { kind: "shutdown" } as const };
  const lines = log(...stopLines(event));
  if (deadlineAt !== Infinity) return enter(now, shutdown, lines);
  // A child that has outlived SIGKILL had no deadline any more.
  const at = now.at + KILL_GRACE_MS;
  return enter(now, { ...shutdown, deadlineAt: at }, [
    ...lines,
    { kind: "timer", name: "stop", at },
  ]);
}
