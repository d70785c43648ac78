/**
 * The way to the stop signal: with `--drain-delay` those who use the child are
 * given time to turn away first. Pure.
 */
import type { Event } from "../vocabulary/event.ts";
import { forward, forwardHeld } from "./forwarding.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import { becomeReady } from "./ready_child.ts";
import * as reloads from "../text/reload.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Draining, Goal, Model, Running } from "../vocabulary/state.ts";
import { beginStop, beginSweep, DISARM } from "./stopping.ts";
import { after, enter, hold, log, stay, type Transition } from "./moves.ts";

/** Ends the child for a goal: after the drain delay, where there is one. */
export function beginEnd(
  model: Model,
  child: Running,
  goal: Goal,
  signal: Signal,
  policy: Policy,
  at: number,
  before: readonly Message[],
): Transition {
  const drains = policy.drainDelayMs > 0 && goal.kind !== "bug";
  if (!drains) return beginStop(model, child, goal, signal, policy, at, before);
  return enter(model, { kind: "draining", child, goal, signal }, [
    // The signals that it was to get it gets: it works on.
    ...DISARM.filter((effect) =>
      effect.kind !== "timer" || effect.name !== "held"
    ),
    { kind: "timer", name: "drain", at: at + policy.drainDelayMs },
    ...log(...before, reloads.draining(child.pid, policy.drainDelayMs)),
  ]);
}

export function stepDraining(
  model: Model,
  state: Draining,
  event: Event,
  policy: Policy,
): Transition {
  const { child, goal, signal } = state;
  const stop = (to: Goal, by: Signal, ...lines: Message[]) =>
    after(
      [{ kind: "timer", name: "drain", at: undefined }],
      beginStop(model, child, to, by, policy, event.at, lines),
    );
  switch (event.kind) {
    case "timer":
      if (event.name === "held") {
        const given = { ...state, child: { ...child, held: [] } };
        return enter(model, given, forwardHeld(child));
      }
      return event.name === "drain" ? stop(goal, signal) : stay(model);
    case "ready":
      return event.run === child.run
        ? noteReady(model, state, event.at, policy)
        : stay(model);
    case "exited":
      if (event.run !== child.run) return stay(model);
      return after(
        [{ kind: "timer", name: "drain", at: undefined }],
        beginSweep(model, child, event.status, goal, policy, []),
      );
    case "bug":
      return stop(
        { kind: "bug" },
        policy.stopSignal,
        messages.internalError(event.detail),
      );
    case "signal":
      break;
    default:
      return stay(model);
  }
  const plan = planSignal(event.signal, policy, true);
  switch (plan.kind) {
    case "stop":
      // The first stop drains too; asked again, it is urgent.
      return goal.kind === "shutdown" ? stop(goal, signal) : enter(
        model,
        { ...state, goal: { kind: "shutdown" }, signal: plan.signal },
        log(messages.stopRequested(event.signal), messages.shuttingDown()),
      );
    case "forward":
      // Behind held signals a later one waits its turn.
      if (child.held.length > 0) {
        const held = hold(child.held, plan.signal);
        return enter(model, { ...state, child: { ...child, held } });
      }
      return { model, effects: forward(child, plan.signal) };
    case "suspend":
      return { model, effects: [{ kind: "suspend" }] };
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "leave":
      return stay(model);
  }
}

/** It has worked with what it was given, although it is on its way out. */
function noteReady(
  model: Model,
  state: Draining,
  at: number,
  policy: Policy,
): Transition {
  const { model: next, effects } = becomeReady(model, state.child, at, policy);
  return next.state.kind !== "running" ? stay(model) : enter(
    next,
    { ...state, child: next.state },
    // What is kept and timed is the matter of what follows.
    effects.filter(({ kind }) => kind === "log" || kind === "signal"),
  );
}
