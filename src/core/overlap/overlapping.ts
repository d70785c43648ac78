/**
 * A restart that starts the next child first: it must be ready before the old
 * one is stopped, and one that never is leaves the old one as it was. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { forward, forwardHeld } from "../states/forwarding.ts";
import * as messages from "../text/manager.ts";
import { fail, oldGone, RETIRE, stopBoth, takeOver } from "./overlap_ends.ts";
import { APPLY_RETRY_MS, type Policy } from "../vocabulary/policy.ts";
import { activate, becomeReady } from "../states/ready_child.ts";
import * as reloads from "../text/reload.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Signal } from "../vocabulary/signals.ts";
import { newChild, readinessTimer } from "../states/new_child.ts";
import type {
  Fresh,
  Goal,
  Model,
  Overlapping,
  Running,
} from "../vocabulary/state.ts";
import { beginStop, beginSweep, DISARM } from "../states/stopping.ts";
import {
  after,
  enter,
  hold,
  log,
  LOOK,
  spawn,
  stay,
  type Transition,
} from "../states/moves.ts";

/** Starts the next child beside this one. */
export function beginOverlap(
  model: Model,
  old: Running,
  baseline: Fingerprint,
  policy: Policy,
): Transition {
  const run = model.runs + 1;
  const fresh = { kind: "spawning", run, baseline, stop: undefined } as const;
  return enter({ ...model, runs: run }, { kind: "overlapping", old, fresh }, [
    ...DISARM,
    ...log(
      reloads.overlapStarting(old.pid),
      messages.childStarting(policy.command, policy.args),
    ),
    spawn(model, { run, reason: "config", baseline }, policy),
  ]);
}

export function stepOverlapping(
  model: Model,
  state: Overlapping,
  event: Event,
  policy: Policy,
): Transition {
  if (event.kind === "signal") return onSignal(model, state, event, policy);
  if (event.kind === "bug") {
    const line = messages.internalError(event.detail);
    const { stopSignal } = policy;
    const goal: Goal = { kind: "bug" };
    return stopBoth(model, state, goal, stopSignal, event.at, policy, [line]);
  }
  if (event.kind === "ready" && event.run === state.old.run) {
    return oldReady(model, state, event.at, policy);
  }
  return state.fresh.kind === "spawning"
    ? onSpawn(model, state.old, state.fresh, event, policy)
    : onBoth(model, state.old, state.fresh, event, policy);
}

function onSpawn(
  model: Model,
  old: Running,
  fresh: Extract<Fresh, { kind: "spawning" }>,
  event: Event,
  policy: Policy,
): Transition {
  const { run, baseline, stop } = fresh;
  if (event.kind === "spawnFailed" && event.run === run) {
    if (stop !== undefined) {
      const { goal, signal } = stop;
      return beginStop(model, old, goal, signal, policy, event.at, []);
    }
    // Nothing is wrong with the content as far as we know: it is tried again.
    const retryAt = event.at + APPLY_RETRY_MS;
    const pending = { kind: "deferred", candidate: baseline } as const;
    return enter(model, { ...old, pending }, [
      ...activate(policy, old.baseline),
      ...log(reloads.overlapFailed(event.failure.detail, old.pid)),
      { kind: "timer", name: "defer", at: retryAt },
      ...readinessTimer(old, policy),
      LOOK,
    ]);
  }
  if (event.kind !== "spawned" || event.run !== run) return stay(model);
  const start = { run, reason: "config", baseline, held: [] } as const;
  const child = newChild(start, event, policy);
  const state: Overlapping = {
    kind: "overlapping",
    old,
    fresh: { kind: "warming", child },
  };
  const line = messages.childStarted(event.pid);
  if (stop !== undefined) {
    const { goal, signal } = stop;
    return stopBoth(model, state, goal, signal, event.at, policy, [line]);
  }
  return enter(model, state, [
    ...log(line),
    ...readinessTimer(child, policy),
    LOOK,
  ]);
}

function onBoth(
  model: Model,
  old: Running,
  { kind, child }: Exclude<Fresh, { kind: "spawning" }>,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "observed":
      return verify(model, old, { kind, child }, event);
    case "ready": {
      if (event.run === child.run && kind === "warming") {
        return onReady(model, old, child, event.at, policy);
      }
      return stay(model);
    }
    case "timer":
      if (event.name === "drain" && kind === "waiting") {
        return takeOver(model, old, child, event.at, policy);
      }
      if (event.name !== "ready" || kind !== "warming") return stay(model);
      return fail(
        model,
        old,
        child,
        event.at,
        [
          reloads.childNotReady(child.pid, policy.ready.timeoutMs),
          reloads.overlapFailed("the next one is not ready", old.pid),
        ],
        (alone) =>
          beginStop(
            alone,
            child,
            RETIRE,
            policy.stopSignal,
            policy,
            event.at,
            [],
          ),
        policy,
      );
    case "exited":
      if (event.run === child.run) {
        const line = reloads.overlapFailed("the next one ended", old.pid);
        return fail(
          model,
          old,
          child,
          event.at,
          [line],
          (alone) => beginSweep(alone, child, event.status, RETIRE, policy, []),
          policy,
        );
      }
      return event.run === old.run
        ? oldGone(model, old, child, event.status, policy)
        : stay(model);
    default:
      return stay(model);
  }
}

/** Which content the next child has read shows in the first looks that are told after its start. */
function verify(
  model: Model,
  old: Running,
  { kind, child }: Exclude<Fresh, { kind: "spawning" }>,
  { observation }: Extract<Event, { kind: "observed" }>,
): Transition {
  if (child.change.kind !== "unverified") return stay(model);
  const { baseline } = child;
  const { fingerprint } = observation;
  const lost = baseline.some((print, at) =>
    print.kind !== fingerprint[at].kind
  );
  if (!lost && firstDifference(baseline, fingerprint) === undefined) {
    return stay(model);
  }
  const doubted: Running = { ...child, change: { kind: "doubted" } };
  const fresh = { kind, child: doubted };
  return enter(model, { kind: "overlapping", old, fresh });
}

/** The old child's sign comes late; the timer is the next one's. */
function oldReady(
  model: Model,
  state: Overlapping,
  at: number,
  policy: Policy,
): Transition {
  const { model: next, effects } = becomeReady(model, state.old, at, policy);
  const old = next.state.kind === "running" ? next.state : state.old;
  const others = effects.filter(({ kind }) => kind !== "timer");
  return enter(next, { ...state, old }, others);
}

function onReady(
  model: Model,
  old: Running,
  warm: Running,
  at: number,
  policy: Policy,
): Transition {
  const child: Running = { ...warm, readiness: { kind: "ready" }, held: [] };
  const effects: Effect[] = [
    { kind: "timer", name: "ready", at: undefined },
    ...log(reloads.childReady(child.pid, at - child.startedAt)),
    ...forwardHeld(warm),
  ];
  if (policy.drainDelayMs === 0) {
    return after(effects, takeOver(model, old, child, at, policy));
  }
  return enter(
    model,
    { kind: "overlapping", old, fresh: { kind: "waiting", child } },
    [
      ...effects,
      { kind: "timer", name: "drain", at: at + policy.drainDelayMs },
      ...log(reloads.draining(old.pid, policy.drainDelayMs)),
    ],
  );
}

function onSignal(
  model: Model,
  state: Overlapping,
  event: Extract<Event, { kind: "signal" }>,
  policy: Policy,
): Transition {
  const plan = planSignal(event.signal, policy, true);
  switch (plan.kind) {
    case "stop":
      return stopBoth(
        model,
        state,
        { kind: "shutdown" },
        plan.signal,
        event.at,
        policy,
        [messages.stopRequested(event.signal), messages.shuttingDown()],
      );
    case "forward":
      return toBoth(model, state, plan.signal);
    case "suspend":
      return { model, effects: [{ kind: "suspend" }] };
    case "drop":
      return { model, effects: log(messages.signalDropped(event.signal)) };
    case "leave":
      return stay(model);
  }
}

/** A signal before the next child has a handler for it would end it, and speak against its content. */
function toBoth(
  model: Model,
  { old, fresh }: Overlapping,
  signal: Signal,
): Transition {
  const effects = forward(old, signal);
  switch (fresh.kind) {
    case "spawning":
      return { model, effects };
    case "waiting":
      return {
        model,
        effects: [...effects, ...forward(fresh.child, signal)],
      };
    case "warming": {
      const held = hold(fresh.child.held, signal);
      const child = { ...fresh.child, held };
      const next = { kind: "warming", child } as const;
      return enter(model, { kind: "overlapping", old, fresh: next }, effects);
    }
  }
}
