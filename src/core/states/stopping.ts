/**
 * The end of a child: the stop signal, SIGKILL when its time is up, and the
 * rest of its process group after it. Pure.
 */
import { judgeCrash } from "../rules/crash.ts";
import type { Effect } from "../vocabulary/effect.ts";
import { conclude, giveUp, goalAfterBug } from "./ending.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_KILLED,
  exitCodeAfterStop,
  type ExitStatus,
  isClean,
} from "../vocabulary/exit_status.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import { KILL_GRACE_MS, type Policy } from "../vocabulary/policy.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type {
  Goal,
  Model,
  Running,
  Saved,
  Stopping,
} from "../vocabulary/state.ts";
import { sweep } from "./sweeping.ts";
import { enter, log, stay, type Transition } from "./moves.ts";

/** Ends what a running child has had begun for it. */
export const DISARM: readonly Effect[] = [
  { kind: "timer", name: "look", at: undefined },
  { kind: "timer", name: "held", at: undefined },
  { kind: "timer", name: "defer", at: undefined },
  { kind: "timer", name: "ready", at: undefined },
  { kind: "cancel" },
];

/** Sends the stop signal to the child's group and starts its time. */
export function beginStop(
  model: Model,
  child: Pick<Running, "run" | "pid" | "held">,
  goal: Goal,
  signal: Signal,
  policy: Policy,
  at: number,
  before: readonly Message[],
): Transition {
  const { run, pid, held } = child;
  const deadlineAt = at + policy.stopTimeoutMs;
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
  return enter(model, state, [
    { kind: "signal", run, signal },
    { kind: "timer", name: "stop", at: deadlineAt },
    ...DISARM,
    ...log(
      ...before,
      messages.childStopping(pid, policy.stopTimeoutMs),
      messages.stopSignalSent(pid, signal),
    ),
  ]);
}

/** What is said of a child that has ended by itself. */
export const exitLines = (leader: ExitStatus): Message[] =>
  isClean(leader) ? [messages.childExitedNormally()] : [
    messages.childExitedAbnormally(leader),
    messages.childExitedWithError(leader),
  ];

/** The child ended by itself; what is left of its group ends with it, for this goal. */
export function beginSweep(
  model: Model,
  { run, pid, held }: Pick<Running, "run" | "pid" | "held">,
  leader: ExitStatus,
  goal: Goal,
  policy: Policy,
  lines: readonly Message[],
): Transition {
  const { stopSignal: signal } = policy;
  const rest = { deadlineAt: undefined, killed: false, held } as const;
  return sweep(model, { run, pid, goal, signal, leader, ...rest }, [
    ...DISARM,
    ...log(...exitLines(leader), ...lines),
  ]);
}

/** The child ended by itself, and the crash policy says what follows. */
export function onCrash(
  model: Model,
  child: Running,
  leader: ExitStatus,
  policy: Policy,
  at: number,
): Transition {
  const { run, startedAt } = child;
  const crash = { run, status: leader, startedAt, at };
  const verdict = judgeCrash(
    crash,
    model.crashes,
    policy.crash,
    policy.seed,
  );
  if (verdict.kind === "restart") {
    const { waitMs } = verdict;
    const goal = {
      kind: "revive",
      waitMs,
      on: savedOf(child, policy),
    } as const;
    const next = { ...model, crashes: verdict.history };
    return beginSweep(next, child, leader, goal, policy, []);
  }
  const { max } = policy.crash;
  const lines = verdict.exhausted && max !== undefined
    ? [messages.restartsExhausted(max.count, max.windowMs)]
    : [];
  return beginSweep(model, child, leader, { kind: "follow" }, policy, lines);
}

/** Content that must not be used is not used because the child has ended. */
function savedOf(
  { baseline, pending }: Running,
  policy: Policy,
): Saved | undefined {
  if (!policy.snapshots) return undefined;
  const rejected = pending.kind === "rejected" ? pending.candidate : undefined;
  return { baseline, rejected };
}

export function stepStopping(
  model: Model,
  state: Stopping,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "exited":
      if (event.run !== state.run) return stay(model);
      return onLeaderGone(model, state, event);
    case "timer":
      return event.name === "stop" && event.at >= state.deadlineAt
        ? timeUp(model, state, event.at)
        : stay(model);
    case "signal":
      return onSignal(model, state, event, policy);
    case "bug":
      return onBug(model, state, event);
    default:
      return stay(model);
  }
}

/** A leader that even SIGKILL did not end for long had no deadline any more: the rest has one. */
function onLeaderGone(
  model: Model,
  state: Stopping,
  { at, status }: Extract<Event, { kind: "exited" }>,
): Transition {
  const lines = log(...childGone(state, status));
  const leader = status;
  if (state.deadlineAt !== Infinity) {
    return sweep(model, { ...state, leader }, lines);
  }
  const deadlineAt = at + KILL_GRACE_MS;
  return sweep(model, { ...state, leader, deadlineAt }, [
    { kind: "timer", name: "stop", at: deadlineAt },
    ...lines,
  ]);
}

/** What is said when a child ends that was asked to. */
export function childGone(
  state: Pick<Stopping, "goal" | "killed" | "pid" | "signal">,
  status: ExitStatus,
): Message[] {
  const graceful = !state.killed;
  if (state.goal.kind === "retire") {
    return graceful
      ? [messages.childStopped(state.pid)]
      : [messages.childExitedAbnormally(status)];
  }
  if (state.goal.kind === "restart") {
    return graceful
      ? [messages.restartExit(), messages.childStopped(state.pid)]
      : [messages.restartExit(), messages.childExitedAbnormally(status)];
  }
  return exitCodeAfterStop(status, state.signal) === 0
    ? [messages.childStopped(state.pid)]
    : [
      messages.childExitedAbnormally(status),
      messages.childExitedWithError(status),
    ];
}

function timeUp(model: Model, state: Stopping, at: number): Transition {
  if (!state.killed) {
    return kill(model, state, at, messages.stopTimedOut(state.pid));
  }
  const failure = log(messages.killFailed(state.pid));
  if (state.goal.kind === "restart" || state.goal.kind === "retire") {
    // Never a child too many: without its end there is no next one.
    return enter(model, { ...state, deadlineAt: Infinity }, failure);
  }
  const code = state.goal.kind === "bug" ? EXIT_BUG : EXIT_KILLED;
  return conclude(model, code, failure);
}

/** What was sent may not have been: make sure, once. */
function onBug(
  model: Model,
  state: Stopping,
  event: Extract<Event, { kind: "bug" }>,
): Transition {
  const line = messages.internalError(event.detail);
  if (state.goal.kind === "bug" && state.killed) return giveUp(model, line);
  const goal = goalAfterBug(state.goal);
  return kill(model, { ...state, goal }, event.at, line);
}

function kill(
  model: Model,
  state: Stopping,
  at: number,
  why: Message,
): Transition {
  // A second SIGKILL does not buy more time.
  const graceEndsAt = at + KILL_GRACE_MS;
  const deadlineAt = state.killed
    ? Math.min(state.deadlineAt, graceEndsAt)
    : graceEndsAt;
  return enter(model, { ...state, killed: true, deadlineAt }, [
    { kind: "signal", run: state.run, signal: "SIGKILL" },
    { kind: "timer", name: "stop", at: deadlineAt },
    ...log(why),
  ]);
}

function onSignal(
  model: Model,
  state: Stopping,
  event: Extract<Event, { kind: "signal" }>,
  policy: Policy,
): Transition {
  const plan = planSignal(event.signal, policy, true);
  switch (plan.kind) {
    case "stop":
      if (state.goal.kind === "restart") {
        return toShutdown(model, state, event);
      }
      return state.killed ? stay(model) : kill(
        model,
        state,
        event.at,
        messages.stopEscalated(state.pid, event.signal),
      );
    case "forward":
      return {
        model,
        effects: [
          ...log(messages.signalForwarded(plan.signal, state.pid)),
          { kind: "signal", run: state.run, signal: plan.signal },
        ],
      };
    case "suspend":
      return { model, effects: [{ kind: "suspend" }] };
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "leave":
      return stay(model);
  }
}

/** The child is stopping for a restart already: only what follows changes. */
function toShutdown(
  model: Model,
  state: Stopping,
  event: Extract<Event, { kind: "signal" }>,
): Transition {
  // A child that even SIGKILL did not end has no deadline any more.
  const deadlineAt = Math.min(state.deadlineAt, event.at + KILL_GRACE_MS);
  const patient = state.deadlineAt === Infinity;
  return enter(model, {
    ...state,
    goal: { kind: "shutdown" },
    deadlineAt: patient ? deadlineAt : state.deadlineAt,
  }, [
    ...log(messages.stopRequested(event.signal), messages.shuttingDown()),
    ...(patient
      ? [{ kind: "timer", name: "stop", at: deadlineAt } as const]
      : []),
  ]);
}
