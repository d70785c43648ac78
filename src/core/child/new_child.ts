/** A child that was just started: what is known of it, and what it has to show. Pure. */
import type { Change } from "../vocabulary/change.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import { HELD_SIGNALS_MS, type Policy } from "../vocabulary/policy.ts";
import type {
  Liveness,
  Readiness,
  Reason,
  Running,
  Spawning,
} from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import {
  enter,
  knowing,
  log,
  LOOK,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { retryTimer } from "./rejection.ts";
import { readinessOn } from "../fleet/soak.ts";

/** The child runs; `lines` follow the one that says so. */
export function started(
  now: Now,
  state: Spawning,
  event: EventOf<"spawned">,
  lines: readonly Message[],
): Transition {
  const { baseline, rejected } = state;
  const child: Running = {
    ...newChild(now, state, event.pid),
    pending: rejected === undefined ? { kind: "none" } : {
      kind: "rejected",
      candidate: {
        content: rejected.content,
        revertible: true,
        distanceMs: undefined,
        requested: false,
        isForced: false,
        isRestless: false,
        refused: undefined,
      },
      at: now.at,
      retryAt: rejected.retryAt,
      isLookedAt: false,
    },
  };
  return enter(
    knowing(now, { lastBaseline: baseline, stable: baseline }),
    child,
    [
      LOOK,
      ...log(messages.childStarted(event.pid), ...lines),
      ...readinessTimers(now.policy, child),
      ...retryTimer(child.pending),
    ],
  );
}

/** What is known of a child when it has just been started. */
export function newChild(
  now: Now,
  { run, reason, baseline, held, rejected }:
    & Pick<Spawning, "run" | "reason" | "baseline" | "held">
    & Partial<Pick<Spawning, "rejected">>,
  pid: number,
): Running {
  const { policy, at } = now;
  return {
    kind: "running",
    run,
    pid,
    reason,
    startedAt: at,
    toldAt: at,
    baseline,
    given: baseline,
    doubtful: [],
    halfTold: undefined,
    change: firstChange(policy, at),
    pending: { kind: "none" },
    request: undefined,
    readiness: firstReadiness(now, baseline, isOnTrial({ reason, rejected })),
    liveness: firstLiveness(policy),
    held,
  };
}

/** A child that reads the paths themselves may have read other content than the look before its start. */
const firstChange = ({ snapshots }: Policy, since: number): Change =>
  snapshots ? { kind: "settled" } : { kind: "unverified", since };

/** A new child must give its sign; without one, where contents are saved, it must survive. */
function firstReadiness(
  now: Now,
  content: Fingerprint,
  trial: boolean,
): Readiness {
  const { policy: { ready, snapshots }, at } = now;
  if (ready.sign === undefined && !snapshots) return readinessOn(now, content);
  return {
    kind: "awaited",
    proof: ready.sign === undefined ? "survival" : "sign",
    trial,
    by: at + ready.timeoutMs,
    why: undefined,
  };
}

/** A child is asked when it is ready. */
const firstLiveness = ({ live }: Policy): Liveness | undefined =>
  live && {
    since: undefined,
    everyMs: live.intervalMs,
    question: 0,
    askedAt: undefined,
    answeredAt: undefined,
    failures: 0,
    why: undefined,
    reloadedAt: -Infinity,
  };

/** Whether the child may have new content, which is given up for the last good one if the child fails. It has not where the new one was rejected. */
export const isOnTrial = (
  { reason, rejected }: {
    readonly reason: Reason;
    readonly rejected?: Spawning["rejected"];
  },
): boolean =>
  rejected === undefined &&
  (reason === "config" || reason === "request" || reason === "start");

/** The timers for the readiness of a child, and for the signals that wait for it. */
export function readinessTimers(
  policy: Policy,
  { readiness, startedAt, held }: Running,
): Effect[] {
  const heldUntil = held.length > 0 && policy.ready.sign === undefined
    ? startedAt + HELD_SIGNALS_MS
    : undefined;
  return [
    { kind: "timer", name: "held", at: heldUntil },
    ...(readiness.kind === "awaited"
      ? [{ kind: "timer", name: "ready", at: readiness.by } as const]
      : []),
  ];
}
