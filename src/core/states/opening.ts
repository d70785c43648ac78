/**
 * The steps from `begin` to the spawning of the first child, where nothing has to
 * be awaited or vetted: all of the core that this child waits for. A part of
 * `step`, apart from it because start-up time is mostly parsing. Pure.
 */
import type { Event } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import type { PathHealth } from "../change/readability.ts";
import * as watching from "../text/watching.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Model, Preparing, Reason } from "../vocabulary/state.ts";
import { after, launch, log, prepare, type Transition } from "./moves.ts";

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

/** The way to the first child: without paths there is nothing to look at. */
export function begin(
  model: Model,
  held: readonly Signal[],
  at: number,
  policy: Policy,
): Transition {
  const start = { run: 1, reason: "start", failures: 0, held } as const;
  return policy.configs.length === 0 && policy.vetting === undefined
    ? launch(model, { ...start, baseline: [], rejected: undefined }, policy)
    : prepare(model, start, at);
}

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
        ? begin(model, state.held, event.at, policy)
        : undefined;
    case "preparing":
      return event.kind === "observed" && event.startedAt >= state.since &&
          policy.vetting === undefined && model.latest === undefined
        ? prepared(model, state, event.observation.fingerprint, policy)
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
    model,
    baseline,
    reason,
    policy,
  );
  const start = { ...state, baseline, rejected: undefined };
  return after(
    log(...faults),
    launch({ ...model, health, rested: baseline }, start, policy),
  );
}

/**
 * A path that cannot be read when a child starts is reported at once. At the
 * very first start a missing path is only awaited, which is said elsewhere.
 */
export function healthAtStart(
  { health, latest }: Model,
  fingerprint: Fingerprint,
  reason: Reason,
  policy: Policy,
): { health: PathHealth[]; faults: Message[] } {
  const faults: Message[] = [];
  const next = fingerprint.map((print, index): PathHealth => {
    const { path } = policy.configs[index];
    const before = health[index];
    if (print.kind !== "fault") {
      if (before.kind === "faulty") faults.push(watching.configAvailable(path));
      return { kind: "ok" };
    }
    const awaited = reason === "start" && print.fault === "missing";
    // Of a path that was told to be gone it is news that the child lacks it now.
    const loses = latest !== undefined && latest[index].kind !== "fault";
    if ((before.kind !== "faulty" || loses) && !awaited) {
      faults.push(watching.configLeftOut(path, print.detail));
    }
    return { kind: "faulty", fault: print.fault };
  });
  return { health: next, faults };
}
