/** The state with a child at work: weigh what is seen, forward signals, follow its end. Pure. */
import { assess } from "./config_watch.ts";
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import * as messages from "./messages.ts";
import {
  HELD_SIGNALS_MS,
  type Policy,
  quietWindowMs,
  SHORT_RUN_MS,
  SHORT_RUNS_FREE,
} from "./policy.ts";
import { planSignal } from "./signal_plan.ts";
import type { Signal } from "./signals.ts";
import type { Model, Running } from "./state.ts";
import { beginStop, beginSweep } from "./stopping.ts";
import { enter, hold, log, stay, type Transition } from "./transition.ts";

export function stepRunning(
  model: Model,
  state: Running,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "hint":
      return {
        model,
        effects: [{ kind: "look", depth: "metadata", cause: event.cause }],
      };
    case "timer":
      return onTimer(model, state, event);
    case "observed":
      return onObserved(model, state, event, policy);
    case "exited":
      return event.run === state.run
        ? beginSweep(model, state, event.status, policy, event.at)
        : stay(model);
    case "signal":
      return onSignal(model, state, event, policy);
    case "bug":
      return beginStop(
        model,
        state,
        { kind: "bug" },
        policy.stopSignal,
        policy,
        event.at,
        [messages.internalError(event.detail)],
      );
    default:
      return stay(model);
  }
}

function onTimer(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "timer" }>,
): Transition {
  if (event.name === "look") {
    return {
      model,
      effects: [{ kind: "look", depth: "content", cause: "timer" }],
    };
  }
  if (event.name !== "held") return stay(model);
  return enter(
    model,
    { ...state, held: [] },
    state.held.flatMap((signal) => forward(state, signal)),
  );
}

function onObserved(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "observed" }>,
  policy: Policy,
): Transition {
  // A look from before this child's start says nothing about its baseline.
  if (event.startedAt < state.startedAt) return stay(model);
  const { at } = event;
  const windowMs = quietWindowMs(policy, model.shortRuns);
  const rule = {
    paths: policy.configs.map(({ path }) => path),
    windowMs,
    maxMs: Math.max(windowMs, policy.debounceMaxMs),
    trustReplacement: policy.trustReplacement &&
      model.shortRuns <= SHORT_RUNS_FREE,
  };
  const { change, health, verdict, log: lines, nextLookAt } = assess(
    state.change,
    model.health,
    state.baseline,
    { ...event.observation, at },
    rule,
  );
  if (verdict === "confirmed") {
    const wasShort = at - state.startedAt < SHORT_RUN_MS;
    const shortRuns = wasShort ? model.shortRuns + 1 : 0;
    return beginStop(
      { ...model, health, shortRuns },
      state,
      { kind: "restart" },
      policy.stopSignal,
      policy,
      at,
      [...lines, messages.configRestart(), messages.childRestarting()],
    );
  }
  const effects = log(...lines);
  if (verdict === "detected" && model.shortRuns > SHORT_RUNS_FREE) {
    effects.push(...log(messages.changeWaits(model.shortRuns, windowMs)));
  }
  return enter({ ...model, health }, { ...state, change }, [
    ...effects,
    ...lookAgain(nextLookAt, at),
  ]);
}

/** A look that is due by now is taken at once, not through a timer. */
function lookAgain(nextLookAt: number | undefined, at: number): Effect[] {
  if (nextLookAt !== undefined && nextLookAt <= at) {
    return [{ kind: "look", depth: "content", cause: "timer" }];
  }
  return [{ kind: "timer", name: "look", at: nextLookAt }];
}

function onSignal(
  model: Model,
  state: Running,
  event: Extract<Event, { kind: "signal" }>,
  policy: Policy,
): Transition {
  const plan = planSignal(event.signal, policy, true);
  switch (plan.kind) {
    case "stop":
      return beginStop(
        model,
        state,
        { kind: "shutdown" },
        plan.signal,
        policy,
        event.at,
        [messages.stopRequested(event.signal), messages.shuttingDown()],
      );
    case "forward":
      // Behind held signals a later one waits its turn.
      if (
        state.held.length > 0 && event.at < state.startedAt + HELD_SIGNALS_MS
      ) {
        return enter(model, { ...state, held: hold(state.held, plan.signal) });
      }
      return { model, effects: forward(state, plan.signal) };
    case "suspend":
      return { model, effects: [{ kind: "suspend" }] };
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "leave":
      return stay(model);
  }
}

function forward(state: Running, signal: Signal): Effect[] {
  return [
    ...log(messages.signalForwarded(signal, state.pid)),
    { kind: "signal", run: state.run, signal },
  ];
}
