/**
 * The way to the stop signal: with `--drain-delay` the clients of the child have
 * time to leave it first. Pure.
 */
import type { Event, EventOf } from "../vocabulary/event.ts";
import type { Draining, Goal, Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as reloads from "../text/reload.ts";
import { forwardHeld, forwardInOrder } from "../child/forwarding.ts";
import { haltInstead } from "../transition/halting.ts";
import {
  after,
  disarm,
  type End,
  endFor,
  enter,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import {
  childOfTerminal,
  onSignal,
  stopLines,
} from "../transition/on_signal.ts";
import { becomeReady, notYet } from "../child/ready_child.ts";
import { beginStop, beginSweep } from "./stopping.ts";

/** Ends the child, after the drain delay if there is one. */
export function beginEnd(now: Now, child: Running, end: End): Transition {
  const { policy: { drainDelayMs }, at } = now;
  if (drainDelayMs === 0) return beginStop(now, child, end);
  const { goal, signal, say } = end;
  return enter(now, { kind: "draining", child, goal, signal }, [
    // The child still works, so signals that wait for it still reach it.
    ...disarm("look", "defer", "ready", "await"),
    { kind: "cancel" },
    { kind: "timer", name: "drain", at: at + drainDelayMs },
    ...log(...say, reloads.draining(child.pid, drainDelayMs)),
  ]);
}

export function stepDraining(
  now: Now,
  state: Draining,
  event: Event,
): Transition {
  const { child, goal, signal } = state;
  switch (event.kind) {
    case "timer":
      if (event.name === "held") {
        const given = { ...state, child: { ...child, held: [] } };
        return enter(now, given, forwardHeld(child));
      }
      return event.name === "drain"
        ? stop(now, state, { goal, signal, say: [] })
        : stay(now);
    case "ready":
      return event.run === child.run ? onReady(now, state) : stay(now);
    case "notYet": {
      if (event.run !== child.run) return stay(now);
      const known = notYet(child, event);
      return enter(now, { ...state, child: known.child }, known.effects);
    }
    case "stopChild":
      return haltInstead(now, state);
    case "exited":
      return event.run === child.run
        ? after(
          disarm("drain"),
          beginSweep(now, child, event.status, goal),
        )
        : stay(now);
    case "bug": {
      const line = messages.internalError(event.detail);
      return stop(now, state, endFor(now, { kind: "bug" }, line));
    }
    case "signal":
      return onSignal(now, event, childOfTerminal(goal, event), {
        stop: (signal) => onStop(now, state, event, signal),
        forward: (signal) => {
          const told = forwardInOrder(child, signal);
          return enter(now, { ...state, child: told.child }, told.effects);
        },
      });
    default:
      return stay(now);
  }
}

const stop = (now: Now, { child }: Draining, end: End): Transition =>
  after(disarm("drain"), beginStop(now, child, end));

/** The first request to stop keeps the drain delay; the next one is urgent. */
function onStop(
  now: Now,
  state: Draining,
  event: EventOf<"signal">,
  signal: Draining["signal"],
): Transition {
  const { goal } = state;
  if (goal.kind === "shutdown") {
    return stop(now, state, { goal, signal: state.signal, say: [] });
  }
  const shutdown: Goal = { kind: "shutdown" };
  return enter(
    now,
    { ...state, goal: shutdown, signal },
    log(...stopLines(event)),
  );
}

/** The child has worked with its content, although it is about to be stopped. */
function onReady(now: Now, state: Draining): Transition {
  const ready = becomeReady(now, state.child);
  return ready === undefined
    ? stay(now)
    : enter(ready.now, { ...state, child: ready.child }, [
      ...log(...ready.lines),
      ...ready.forwards,
    ]);
}
