/**
 * The states without a child: preparing (a look at the paths becomes the
 * baseline), spawning, and retrying after a passing failure. Pure.
 */
import type { PathHealth } from "./config_watch.ts";
import type { Event } from "./event.ts";
import {
  EXIT_BUG,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
} from "./exit_status.ts";
import { type Fingerprint, firstDifference } from "./fingerprint.ts";
import * as messages from "./messages.ts";
import type { Message } from "./messages.ts";
import { HELD_SIGNALS_MS, type Policy, SPAWN_RETRY_MS } from "./policy.ts";
import { planSignal } from "./signal_plan.ts";
import type { Signal } from "./signals.ts";
import type {
  BackingOff,
  Goal,
  Model,
  Preparing,
  Reason,
  Retrying,
  Spawning,
} from "./state.ts";
import { beginStop } from "./stopping.ts";
import {
  endAt,
  enter,
  hold,
  log,
  prepare,
  stay,
  type Transition,
} from "./transition.ts";

export function stepPreparing(
  model: Model,
  state: Preparing,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind !== "observed") {
    return stepChildless(model, state, event, policy);
  }
  // An older look was under way when ours was asked for.
  if (event.startedAt < state.since) return stay(model);
  const { fingerprint } = event.observation;
  const { health, faults } = healthAtStart(
    model.health,
    fingerprint,
    state.reason,
    policy,
  );
  const { run, reason, failures, held } = state;
  const occasion = {
    reason,
    reloads: model.reloads + (reason === "config" ? 1 : 0),
    baseline: fingerprint,
    previous: model.latest,
  };
  return enter(
    { ...model, health },
    {
      kind: "spawning",
      run,
      reason,
      failures,
      held,
      baseline: fingerprint,
      stop: undefined,
    },
    [
      ...log(...faults, messages.childStarting(policy.command, policy.args)),
      { kind: "spawn", run, occasion },
    ],
  );
}

export function stepRetrying(
  model: Model,
  state: Retrying,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "timer" && event.name === "retry") {
    return prepare(model, state, event.at);
  }
  return stepChildless(model, state, event, policy);
}

/** Waits; content that the crashed child did not have may be its cure and is tried at once. */
export function stepBackingOff(
  model: Model,
  state: BackingOff,
  event: Event,
  policy: Policy,
): Transition {
  const { run, held } = state;
  const next = { run: run + 1, failures: 0, held };
  switch (event.kind) {
    case "timer":
      return event.name === "retry"
        ? prepare(model, { ...next, reason: "crash" }, event.at)
        : stay(model);
    case "hint":
      return {
        model,
        effects: [{ kind: "look", depth: "content", cause: event.cause }],
      };
    case "observed": {
      const seen = event.observation.fingerprint;
      const index = firstDifference(state.baseline, seen);
      if (index === undefined) return stay(model);
      const { path } = policy.configs[index];
      const line = messages.changeDetected(
        path,
        state.baseline[index],
        seen[index],
      );
      const start = prepare(model, { ...next, reason: "config" }, event.at);
      return {
        model: start.model,
        effects: [
          { kind: "timer", name: "retry", at: undefined },
          ...log(line, messages.backoffCutShort()),
          ...start.effects,
        ],
      };
    }
    default:
      return stepChildless(model, state, event, policy);
  }
}

function stepChildless(
  model: Model,
  state: Preparing | Retrying | BackingOff,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "bug") {
    return endAt(model, EXIT_BUG, messages.internalError(event.detail));
  }
  if (event.kind !== "signal") return stay(model);
  const plan = planSignal(event.signal, policy, false);
  switch (plan.kind) {
    case "stop":
      return endAt(model, EXIT_OK, messages.stopRequested(event.signal));
    case "forward":
      return enter(
        model,
        { ...state, held: hold(state.held, plan.signal) },
        log(messages.signalHeld(plan.signal)),
      );
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "suspend":
    case "leave":
      return stay(model);
  }
}

export function stepSpawning(
  model: Model,
  state: Spawning,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "spawned":
      return event.run === state.run
        ? started(model, state, event, policy)
        : stay(model);
    case "spawnFailed":
      return event.run === state.run
        ? failed(model, state, event, policy)
        : stay(model);
    case "bug":
      return stopOnceStarted(model, state, { kind: "bug" }, policy.stopSignal, [
        messages.internalError(event.detail),
      ]);
    case "signal":
      break;
    default:
      return stay(model);
  }
  const plan = planSignal(event.signal, policy, true);
  if (plan.kind === "forward") {
    return enter(model, { ...state, held: hold(state.held, plan.signal) });
  }
  if (plan.kind !== "stop") return stay(model);
  return stopOnceStarted(model, state, { kind: "shutdown" }, plan.signal, [
    messages.stopRequested(event.signal),
    messages.shuttingDown(),
  ]);
}

function stopOnceStarted(
  model: Model,
  state: Spawning,
  goal: Goal,
  signal: Signal,
  lines: readonly Message[],
): Transition {
  return enter(model, { ...state, stop: { goal, signal } }, log(...lines));
}

function started(
  model: Model,
  state: Spawning,
  event: Extract<Event, { kind: "spawned" }>,
  policy: Policy,
): Transition {
  const { run, reason, baseline, held } = state;
  const next = {
    ...model,
    reloads: model.reloads + (reason === "config" ? 1 : 0),
    latest: baseline,
  };
  const lines = [messages.childStarted(event.pid)];
  if (reason === "config") lines.push(messages.childRestarted());
  if (reason === "crash") lines.push(messages.childRevived());
  if (state.stop !== undefined) {
    const { goal, signal } = state.stop;
    const child = { run, pid: event.pid, held };
    return beginStop(next, child, goal, signal, policy, event.at, lines);
  }
  return enter(next, {
    kind: "running",
    run,
    pid: event.pid,
    startedAt: event.at,
    baseline,
    change: { kind: "unverified" },
    held,
  }, [
    { kind: "look", depth: "content", cause: "timer" },
    ...log(...lines),
    {
      kind: "timer",
      name: "held",
      at: held.length > 0 ? event.at + HELD_SIGNALS_MS : undefined,
    },
  ]);
}

function failed(
  model: Model,
  state: Spawning,
  event: Extract<Event, { kind: "spawnFailed" }>,
  policy: Policy,
): Transition {
  const { run, reason, failures, held, stop } = state;
  const { kind, detail } = event.failure;
  const failure = messages.childStartFailed(policy.command, detail);
  if (stop?.goal.kind === "bug") return endAt(model, EXIT_BUG, failure);
  if (stop !== undefined) return endAt(model, EXIT_OK, failure);
  const waitMs = SPAWN_RETRY_MS[failures];
  if (kind === "transient" && waitMs !== undefined) {
    const next = { kind: "retrying", run, reason, held } as const;
    return enter(model, { ...next, failures: failures + 1 }, [
      ...log(messages.childStartRetry(policy.command, detail, waitMs)),
      { kind: "timer", name: "retry", at: event.at + waitMs },
    ]);
  }
  const code = kind === "not-found" ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
  return endAt(model, code, failure);
}

/**
 * A path that cannot be read when a child starts is reported at once. At the
 * very first start a missing path is only awaited, which is said elsewhere.
 */
function healthAtStart(
  health: readonly PathHealth[],
  fingerprint: Fingerprint,
  reason: Reason,
  policy: Policy,
): { health: PathHealth[]; faults: Message[] } {
  const faults: Message[] = [];
  const next = fingerprint.map((print, index): PathHealth => {
    const { path } = policy.configs[index];
    const before = health[index];
    if (print.kind !== "fault") {
      if (before.kind === "faulty") faults.push(messages.configAvailable(path));
      return { kind: "ok" };
    }
    const awaited = reason === "start" && print.fault === "missing";
    if (before.kind !== "faulty" && !awaited) {
      faults.push(messages.configUnavailable(path, print.detail));
    }
    return { kind: "faulty", fault: print.fault };
  });
  return { health: next, faults };
}
