/**
 * The child's leader has ended: sees that its whole process group ends, unless
 * `--kill-mode main` leaves that alone, then goes on to what the end was for.
 * Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_HUNG,
  exitCodeAfterStop,
  exitCodeOf,
} from "../vocabulary/exit_status.ts";
import { PROBE_FIRST_MS, PROBE_MAX_MS } from "../vocabulary/policy.ts";
import type { AfterExit, Goal, Sweeping } from "../vocabulary/state.ts";
import * as hooks from "../text/hooks.ts";
import * as messages from "../text/manager.ts";
import { endsUnasked, keepsManager } from "../rules/goal.ts";
import { runAfterExit, withLeft } from "./after_exit.ts";
import { startWhenAvailable } from "../childless/awaiting.ts";
import { backOff, type Pause } from "../childless/backing_off.ts";
import { end, endWithChild } from "../transition/ending.ts";
import { halt, haltInstead } from "../transition/halting.ts";
import {
  askToEnd,
  continueStopped,
  isKilled,
  kill,
  onBug,
  onUrgentStop,
} from "./killing.ts";
import {
  after,
  disarm,
  enter,
  hold,
  log,
  LOOK,
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
import { nextStart, startOn } from "../childless/start.ts";

const DISARM = disarm("stop", "continue", "probeGroup");

/** Enters `sweeping` by asking whether anyone is left, and before a pause by a look at what the child has left. */
export function sweep(
  now: Now,
  state: Omit<Sweeping, "kind" | "endedAt" | "left" | "probeMs">,
  effects: readonly Effect[],
): Transition {
  const { run, pid, goal, signal, leader, reason, phase, held } = state;
  const group = { run, pid, goal, signal, leader, reason, phase, held };
  return enter(now, {
    kind: "sweeping",
    ...group,
    endedAt: now.at,
    left: undefined,
    probeMs: PROBE_FIRST_MS,
  }, [
    ...effects,
    ...(goal.kind === "revive" ? [LOOK] : []),
    { kind: "probeGroup", run },
  ]);
}

export function stepSweeping(
  now: Now,
  state: Sweeping,
  event: Event,
): Transition {
  switch (event.kind) {
    case "groupProbed":
      if (event.run !== state.run) return stay(now);
      return event.alive && state.phase.kind !== "over" &&
          !isGivenUp(now, state)
        ? onSurvivors(now, state)
        : goOn(now, state);
    case "timer":
      return onTimer(now, state, event);
    case "signal":
      return onSignal(now, event, childOfTerminal(state.goal, event), {
        stop: () => onStop(now, state, event),
        forward: (signal) =>
          keepsManager(state.goal)
            ? enter(
              now,
              { ...state, held: hold(state.held, signal) },
              log(messages.signalHeld(signal)),
            )
            : perform(now, [
              { kind: "signal", run: state.run, signal, to: "group" },
            ]),
      });
    case "observed":
      return enter(now, withLeft(state, event));
    case "stopChild":
      return haltInstead(now, state);
    case "bug":
      return onBug(now, state, event);
    default:
      return stay(now);
  }
}

/** SIGKILL has not ended it, that was logged, and the grace is over. With `main`, nobody but the leader was killed. */
const isGivenUp = ({ policy, at }: Now, { phase }: Sweeping): boolean =>
  policy.killMode !== "main" && phase.kind === "killed" &&
  at > phase.by + PROBE_MAX_MS;

/** Somebody is left, and `--kill-mode` says what becomes of them. */
function onSurvivors(now: Now, state: Sweeping): Transition {
  const { run, pid } = state;
  switch (now.policy.killMode) {
    case "group":
      return awaitEnd(now, state);
    case "main":
      return after([
        { kind: "leave", run },
        ...log(messages.groupLeft(pid)),
      ], goOn(now, state));
    case "mixed":
      return isKilled(state)
        ? awaitEnd(now, state)
        : kill(now, state, messages.groupKilled(pid));
  }
}

/** Asks again later whether somebody is left, and sends the stop signal if nobody has. */
function awaitEnd(now: Now, state: Sweeping): Transition {
  const { stopTimeoutMs } = now.policy;
  const { run, pid, signal } = state;
  const probeMs = Math.min(state.probeMs * 2, PROBE_MAX_MS);
  const again: Effect = {
    kind: "timer",
    name: "probeGroup",
    at: now.at + probeMs,
  };
  if (state.phase.kind !== "unasked") {
    return enter(now, { ...state, probeMs }, [again]);
  }
  const by = now.at + stopTimeoutMs;
  const phase = { kind: "asked", by } as const;
  return enter(now, { ...state, probeMs, phase }, [
    ...askToEnd(now, run, signal),
    again,
    ...log(messages.groupStopping(pid, stopTimeoutMs)),
  ]);
}

function onTimer(
  now: Now,
  state: Sweeping,
  { name }: EventOf<"timer">,
): Transition {
  if (name === "probeGroup") {
    return perform(now, [{ kind: "probeGroup", run: state.run }]);
  }
  if (name === "continue") return perform(now, continueStopped(now, state));
  return name === "stop" ? onTimeUp(now, state) : stay(now);
}

function onTimeUp(now: Now, state: Sweeping): Transition {
  const { phase, pid } = state;
  if (phase.kind === "unasked" || phase.kind === "over") return stay(now);
  if (now.at < phase.by) return stay(now);
  if (phase.kind === "asked") {
    return kill(now, state, messages.groupTimedOut(pid));
  }
  // Who outlives SIGKILL is a zombie that its parent does not reap, or in an
  // uninterruptible wait. Neither uses the configuration.
  return after(log(messages.groupKillFailed(pid)), goOn(now, state));
}

/** The first request to stop leaves the rest of the group its time; the next one is urgent. */
function onStop(
  now: Now,
  state: Sweeping,
  event: EventOf<"signal">,
): Transition {
  const { goal } = state;
  if (!keepsManager(goal) && !endsUnasked(goal)) {
    return onUrgentStop(now, state, event);
  }
  const shutdown = { ...state, goal: { kind: "shutdown" } as const };
  return enter(now, shutdown, log(...stopLines(event)));
}

/** No child is started beside what is left of an earlier one, however long that takes, and none counts as stopped while that is there. */
function awaitRetiring(
  now: Now,
  state: Sweeping | AfterExit,
  pid: number,
): Transition {
  const { run, goal, signal, leader, reason, endedAt, left, held } = state;
  const isTold = state.kind === "sweeping" && state.phase.kind === "over";
  const lines = isTold || goal.kind === "halt"
    ? []
    : [messages.startAwaitsRetiring(pid)];
  const ended = {
    run,
    pid: state.pid,
    goal,
    signal,
    leader,
    reason,
    endedAt,
    left,
    held,
  };
  return enter(now, {
    kind: "sweeping",
    ...ended,
    phase: { kind: "over" },
    probeMs: PROBE_FIRST_MS,
  }, [
    ...log(...lines),
    ...DISARM,
    { kind: "timer", name: "probeGroup", at: now.at + PROBE_MAX_MS },
  ]);
}

/** The group has ended, or nobody waits for it any more: `--after-exit` runs for it, once. */
function goOn(now: Now, state: Sweeping): Transition {
  const { afterExit } = now.policy;
  if (afterExit === undefined || state.phase.kind === "over") {
    return proceed(now, state);
  }
  return runAfterExit(now, afterExit, state) ??
    after(log(hooks.afterExitSkipped(state.pid)), proceed(now, state));
}

/** Nothing more is done for the child that has ended. */
export function proceed(now: Now, state: Sweeping | AfterExit): Transition {
  const { goal, leader, signal, left, held } = state;
  const { retiring } = now.model;
  if (keepsManager(goal) && retiring !== undefined) {
    return awaitRetiring(now, state, retiring.pid);
  }
  switch (goal.kind) {
    case "restart": {
      const start = nextStart(now, { reason: goal.reason, held });
      // For a reload the old child was not stopped before its dependencies were there.
      const begin = goal.reason === "rollback" ? startWhenAvailable : startOn;
      return after(DISARM, begin(now, start, goal.on));
    }
    case "revive":
      return after(
        DISARM,
        backOff(now, { ...goal, left }, held, pauseFor(now, goal)),
      );
    case "halt":
      return halt(now, held, goal.on, DISARM);
    case "shutdown":
      return end(now, exitCodeAfterStop(leader, signal), DISARM);
    case "follow":
      return after(DISARM, endWithChild(now, exitCodeOf(leader)));
    case "hung":
      return after(DISARM, endWithChild(now, EXIT_HUNG));
    case "bug":
      return end(now, EXIT_BUG, DISARM);
    case "retire":
      return enter(now, { kind: "done", code: exitCodeOf(leader) }, DISARM);
  }
}

/** The pause after a child that has ended by itself, or did not answer. */
const pauseFor = (
  { model: { crashes } }: Now,
  { reason, waitMs }: Extract<Goal, { kind: "revive" }>,
): Pause => ({
  reason,
  line: messages.backoffStarted(reason, crashes.streak, waitMs),
});
