/**
 * The states around the spawn itself: spawning, and retrying after a passing
 * failure. Pure.
 */
import { endAt } from "./ending.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
} from "../vocabulary/exit_status.ts";
import { isSame } from "../vocabulary/fingerprint.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import { type Policy, SPAWN_RETRY_MS } from "../vocabulary/policy.ts";
import * as reloads from "../text/reload.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Signal } from "../vocabulary/signals.ts";
import { stepChildless } from "./starting.ts";
import { started } from "./new_child.ts";
import type {
  Goal,
  Model,
  Reason,
  Retrying,
  Spawning,
} from "../vocabulary/state.ts";
import { beginStop } from "./stopping.ts";
import {
  after,
  enter,
  hold,
  launch,
  log,
  prepare,
  stay,
  type Transition,
} from "./moves.ts";

export function stepRetrying(
  model: Model,
  state: Retrying,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "timer" && event.name === "retry") {
    return state.on === undefined
      ? prepare(model, state, event.at)
      : launch(model, { ...state, ...state.on }, policy);
  }
  return stepChildless(model, state, event, policy);
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
        ? spawned(model, state, event, policy)
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
  // A bug is what it ends with, whatever is asked for besides.
  const kept = state.stop?.goal.kind === "bug" ? state.stop.goal : goal;
  const stop = { goal: kept, signal };
  return enter(model, { ...state, stop }, log(...lines));
}

/** What is said of a child that takes the place of an earlier one. */
export const RESTARTED: Readonly<Record<Reason, (() => Message) | undefined>> =
  {
    start: undefined,
    config: messages.childRestarted,
    crash: messages.childRevived,
    rollback: reloads.rolledBack,
    request: reloads.restartedOnRequest,
  };

function spawned(
  model: Model,
  state: Spawning,
  event: Extract<Event, { kind: "spawned" }>,
  policy: Policy,
): Transition {
  const { run, reason, baseline, held, stop } = state;
  const { pid, at } = event;
  const next = {
    ...model,
    reloads: model.reloads + (reason === "config" ? 1 : 0),
    latest: baseline,
  };
  const restarted = RESTARTED[reason]?.();
  const lines = restarted === undefined ? [] : [restarted];
  if (stop === undefined) return started(next, state, event, policy, lines);
  const child = { run, pid, held };
  return beginStop(next, child, stop.goal, stop.signal, policy, at, [
    messages.childStarted(pid),
    ...lines,
  ]);
}

const FAILURE_CODES = {
  "not-found": EXIT_NOT_FOUND,
  "not-executable": EXIT_NOT_EXECUTABLE,
  transient: EXIT_NOT_EXECUTABLE,
  refused: EXIT_CHECK_FAILED,
  lost: EXIT_CHECK_FAILED,
} as const;

function failed(
  model: Model,
  state: Spawning,
  event: Extract<Event, { kind: "spawnFailed" }>,
  policy: Policy,
): Transition {
  const { run, reason, failures, held, stop, baseline, rejected } = state;
  const { kind, detail } = event.failure;
  const failure = messages.childStartFailed(policy.command, detail);
  if (stop?.goal.kind === "bug") return endAt(model, EXIT_BUG, failure);
  if (stop !== undefined) return endAt(model, EXIT_OK, failure);
  const waitMs = SPAWN_RETRY_MS[failures];
  if (kind === "transient" && waitMs !== undefined) {
    const on = policy.snapshots ? { baseline, rejected } : undefined;
    const next = { kind: "retrying", run, reason, held, on } as const;
    return enter(model, { ...next, failures: failures + 1 }, [
      ...log(messages.childStartRetry(policy.command, detail, waitMs)),
      { kind: "timer", name: "retry", at: event.at + waitMs },
    ]);
  }
  if (kind === "lost" && waitMs !== undefined) {
    // What the paths hold is saved again; the kept contents went the same way.
    const bare = { ...model, latest: undefined, good: undefined };
    const start = { run, reason, failures: failures + 1, held };
    return after(log(reloads.copyLost(detail)), prepare(bare, start, event.at));
  }
  const { good } = model;
  const isNews = reason === "config" && good !== undefined &&
    !isSame(good, baseline);
  if (!isNews) return endAt(model, FAILURE_CODES[kind], failure);
  // The content may be what makes it fail (a variable that is too long, say).
  return after(
    log(failure, reloads.rollingBack(baseline, good)),
    launch({ ...model, rejections: model.rejections + 1 }, {
      run: model.runs + 1,
      reason: "rollback",
      failures: 0,
      held,
      baseline: good,
      rejected: baseline,
    }, policy),
  );
}
