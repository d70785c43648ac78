/** `--after-exit` runs for a child that has ended. Its time is limited, and no stop waits longer for it than for the child. Pure. */
import type { Event, EventOf } from "../vocabulary/event.ts";
import type { Hook } from "../vocabulary/settings.ts";
import type { AfterExit, Sweeping } from "../vocabulary/state.ts";
import { endsUnasked, keepsManager } from "../rules/goal.ts";
import * as hooks from "../text/hooks.ts";
import * as messages from "../text/manager.ts";
import { outputOf } from "../text/reload.ts";
import { giveUp } from "../transition/ending.ts";
import { haltInstead } from "../transition/halting.ts";
import {
  after,
  disarm,
  enter,
  hold,
  knowing,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { onSignal, stopLines } from "../transition/on_signal.ts";

/** Where the end of a child leads when its hook is over. */
type GoOn = (now: Now, ended: AfterExit) => Transition;

/** Runs the hook; undefined if the stop that was asked for leaves it no time. */
export function runAfterExit(
  now: Now,
  { command, timeoutMs }: Hook,
  child: Sweeping,
): Transition | undefined {
  const { model, at } = now;
  const { run, pid, goal, signal, leader, reason, endedAt, left, held } = child;
  const by = Math.min(at + timeoutMs, model.stopBy ?? Infinity);
  if (by <= at) return undefined;
  const ticket = model.ticket + 1;
  const state: AfterExit = {
    kind: "afterExit",
    run,
    pid,
    goal,
    signal,
    leader,
    reason,
    endedAt,
    left,
    held,
    ticket,
    by,
  };
  return enter(knowing(now, { ticket }), state, [
    ...disarm("continue", "probeGroup"),
    { kind: "timer", name: "stop", at: by },
    ...log(hooks.afterExitRunning(command, pid)),
    {
      kind: "afterExit",
      ticket,
      run,
      ending: { status: leader, reason },
    },
  ]);
}

/** The first look after the child's end tells what it has left; what is written later, while its group ends or `--after-exit` runs, is news. */
export const withLeft = <State extends Sweeping | AfterExit>(
  state: State,
  { startedAt, observation: { fingerprint, unread } }: EventOf<"observed">,
): State =>
  state.left === undefined && startedAt >= state.endedAt
    ? { ...state, left: { fingerprint, unread } }
    : state;

export function stepAfterExit(
  now: Now,
  state: AfterExit,
  event: Event,
  goOn: GoOn,
): Transition {
  const { goal, ticket } = state;
  switch (event.kind) {
    case "hookEnded":
      return event.ticket === ticket
        ? after(
          [...disarm("stop"), ...log(...linesOf(event))],
          goOn(now, state),
        )
        : stay(now);
    case "timer":
      return event.name === "stop" && now.at >= state.by
        ? perform(now, [{ kind: "endHook", ticket }])
        : stay(now);
    case "signal":
      return onSignal(now, event, "no child", {
        stop: () => onStop(now, state, event),
        forward: (signal) =>
          keepsManager(goal)
            ? enter(
              now,
              { ...state, held: hold(state.held, signal) },
              log(messages.signalHeld(signal)),
            )
            : stay(now),
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

function linesOf({ outcome }: EventOf<"hookEnded">) {
  switch (outcome.kind) {
    case "done":
      return [hooks.afterExitDone()];
    case "withdrawn":
      return [hooks.afterExitEnded()];
    case "lost":
      return [hooks.afterExitFailed(outcome.detail)];
    case "failed":
      return [
        hooks.afterExitFailed(outcome.detail),
        ...outputOf(hooks.hookOutput, outcome.tail),
      ];
  }
}

/** The first request to stop leaves the hook the time of a stop (`withStopDeadline`); the next one is urgent. */
function onStop(
  now: Now,
  state: AfterExit,
  event: EventOf<"signal">,
): Transition {
  const { goal, ticket } = state;
  if (!keepsManager(goal) && !endsUnasked(goal)) {
    return perform(now, [{ kind: "endHook", ticket }]);
  }
  const shutdown = { ...state, goal: { kind: "shutdown" } as const };
  return enter(now, shutdown, log(...stopLines(event)));
}

/** A second bug ends the manager without an answer of the hook. */
function onBug(
  now: Now,
  state: AfterExit,
  { detail }: EventOf<"bug">,
): Transition {
  const { goal, ticket } = state;
  const line = messages.internalError(detail);
  if (goal.kind === "bug") return giveUp(now, line);
  const next = goal.kind === "retire" ? goal : { kind: "bug" } as const;
  return enter(now, { ...state, goal: next }, [
    ...log(line),
    { kind: "endHook", ticket },
  ]);
}
