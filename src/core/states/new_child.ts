/** A child that was spawned: what is known of it at once, and what is awaited of it. Pure. */
import type { Change } from "../change/debounce.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event } from "../vocabulary/event.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import { HELD_SIGNALS_MS, type Policy } from "../vocabulary/policy.ts";
import type {
  Model,
  Readiness,
  Reason,
  Running,
  Spawning,
} from "../vocabulary/state.ts";
import { enter, log, LOOK, type Transition } from "./moves.ts";

/** The child that was spawned is at work; `lines` follow the one that says so. */
export function started(
  model: Model,
  state: Spawning,
  event: Extract<Event, { kind: "spawned" }>,
  policy: Policy,
  lines: readonly Message[],
): Transition {
  const { baseline, rejected } = state;
  const { pid, at } = event;
  const child: Running = {
    ...newChild(state, event, policy),
    pending: rejected === undefined
      ? { kind: "none" }
      : { kind: "rejected", candidate: rejected, at },
  };
  return enter({ ...model, latest: baseline, rested: baseline }, child, [
    LOOK,
    ...log(messages.childStarted(pid), ...lines),
    ...readinessTimer(child, policy),
  ]);
}

/** What is known of a child at its start. */
export function newChild(
  { run, reason, baseline, held }: Pick<
    Spawning,
    "run" | "reason" | "baseline" | "held"
  >,
  { pid, at }: Extract<Event, { kind: "spawned" }>,
  policy: Policy,
): Running {
  return {
    kind: "running",
    run,
    pid,
    startedAt: at,
    baseline,
    given: baseline,
    change: firstChange(at, policy),
    unsure: false,
    pending: { kind: "none" },
    readiness: firstReadiness(reason, at, policy),
    held,
  };
}

/** A saved copy is what the child reads, whatever the paths held meanwhile. */
const firstChange = (since: number, policy: Policy): Change =>
  policy.snapshots ? { kind: "settled" } : { kind: "unverified", since };

/** What is awaited of a new child: its sign; without one, where contents are kept, that it survives. */
function firstReadiness(
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
