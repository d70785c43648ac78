/**
 * The steps from `begin` to the first child, where nothing has to be awaited or
 * vetted: all of the core that this child waits for. A part of `step`, apart
 * from it because start-up time is mostly parsing. Pure.
 */
import type { Change, PathHealth } from "./config_watch.ts";
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import type { Fingerprint } from "./fingerprint.ts";
import * as messages from "./start_messages.ts";
import type { Message } from "./start_messages.ts";
import { HELD_SIGNALS_MS, type Policy } from "./policy.ts";
import type {
  Model,
  Preparing,
  Readiness,
  Reason,
  Running,
  Spawning,
} from "./state.ts";
import {
  after,
  enter,
  launch,
  log,
  prepare,
  type Transition,
} from "./transition.ts";

/** A manager that has not begun. */
export function initialModel(policy: Policy): Model {
  return {
    state: { kind: "idle", held: [] },
    retiring: undefined,
    health: policy.configs.map(() => ({ kind: "ok" })),
    runs: 0,
    shortRuns: 0,
    crashes: { streak: 0, restartsAt: [] },
    reloads: 0,
    rejections: 0,
    latest: undefined,
    rested: undefined,
    vetted: undefined,
    good: undefined,
    ticket: 0,
    appliedAt: undefined,
    turnAt: undefined,
    gate: "open",
  };
}

/** What a manager starts first. */
export const FIRST = {
  run: 1,
  reason: "start",
  failures: 0,
} as const;

/** The step, if it is one of these; undefined leaves it to the rest of `step`. */
export function opening(
  model: Model,
  event: Event,
  policy: Policy,
): Transition | undefined {
  const { state } = model;
  switch (state.kind) {
    case "idle":
      return event.kind === "begin" && policy.waitTimeoutMs === undefined
        ? prepare(model, { ...FIRST, held: state.held }, event.at)
        : undefined;
    case "preparing":
      return event.kind === "observed" && event.startedAt >= state.since &&
          policy.vetting === undefined && model.latest === undefined
        ? prepared(model, state, event.observation.fingerprint, policy)
        : undefined;
    case "spawning":
      return event.kind === "spawned" && event.run === state.run &&
          state.reason === "start" && state.stop === undefined
        ? started(model, state, event, policy, [])
        : undefined;
    default:
      return undefined;
  }
}

/** What the paths hold is what the child is started on. */
export function prepared(
  model: Model,
  state: Preparing,
  baseline: Fingerprint,
  policy: Policy,
): Transition {
  const { reason } = state;
  const { health, faults } = healthAtStart(
    model.health,
    baseline,
    reason,
    policy,
  );
  const start = { ...state, baseline, rejected: undefined };
  return after(log(...faults), launch({ ...model, health }, start, policy));
}

/**
 * A path that cannot be read when a child starts is reported at once. At the
 * very first start a missing path is only awaited, which is said elsewhere.
 */
export function healthAtStart(
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
      faults.push(messages.configLeftOut(path, print.detail));
    }
    return { kind: "faulty", fault: print.fault };
  });
  return { health: next, faults };
}

/** The child that was spawned is at work; `lines` follow the one that says so. */
export function started(
  model: Model,
  { run, reason, baseline, held, rejected }: Spawning,
  { pid, at }: Extract<Event, { kind: "spawned" }>,
  policy: Policy,
  lines: readonly Message[],
): Transition {
  const child: Running = {
    kind: "running",
    run,
    pid,
    startedAt: at,
    baseline,
    given: baseline,
    change: firstChange(at, policy),
    unsure: false,
    pending: rejected === undefined
      ? { kind: "none" }
      : { kind: "rejected", candidate: rejected, at },
    readiness: firstReadiness(reason, at, policy),
    held,
  };
  return enter({ ...model, latest: baseline, rested: baseline }, child, [
    { kind: "look", depth: "content", cause: "timer" },
    ...log(messages.childStarted(pid), ...lines),
    ...readinessTimer(child, policy),
  ]);
}

/** A saved copy is what the child reads, whatever the paths held meanwhile. */
export const firstChange = (since: number, policy: Policy): Change =>
  policy.snapshots ? { kind: "settled" } : { kind: "unverified", since };

/** What is awaited of a new child: its sign; without one, where contents are kept, that it survives. */
export function firstReadiness(
  reason: Reason,
  at: number,
  policy: Policy,
): Readiness {
  const proof = policy.ready.sign !== undefined
    ? "sign"
    : policy.snapshots
    ? "survival"
    : undefined;
  if (proof === undefined) return { kind: "ready" };
  const by = at + policy.ready.timeoutMs;
  return { kind: "awaited", proof, trial: reason === "config", by };
}

/** The timers of a child that has just started. */
export function readinessTimer(child: Running, policy: Policy): Effect[] {
  const { readiness, startedAt, held } = child;
  const bySign = policy.ready.sign !== undefined;
  const heldUntil = held.length > 0 && !bySign
    ? startedAt + HELD_SIGNALS_MS
    : undefined;
  return [
    { kind: "timer", name: "held", at: heldUntil },
    ...(readiness.kind === "awaited"
      ? [{ kind: "timer", name: "ready", at: readiness.by } as const]
      : []),
  ];
}
