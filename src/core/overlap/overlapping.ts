/**
 * A restart that starts the next child first: it must be ready before the old
 * child is stopped, and if it does not become ready, the old child stays. Pure.
 */
import { withoutDistance } from "../change/feedback.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import { firstDifference } from "../vocabulary/fingerprint.ts";
import { APPLY_RETRY_MS } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type {
  Candidate,
  NextChild,
  Overlapping,
  Running,
} from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
import { forward, forwardHeld, forwardInOrder } from "../child/forwarding.ts";
import {
  after,
  disarm,
  endFor,
  enter,
  hold,
  knowing,
  log,
  LOOK,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { newChild, readinessTimers } from "../child/new_child.ts";
import { onSignal, stopLines } from "../transition/on_signal.ts";
import { promiseRoomBeside } from "../transition/promises.ts";
import { becomeReady, notYet } from "../child/ready_child.ts";
import { reasonFor, savedContent, spawn } from "../childless/start.ts";
import { beginStop, DISARM } from "../termination/stopping.ts";
import {
  failEnded,
  failStopped,
  oldEnded,
  stopBoth,
  takeOver,
} from "./overlap_ends.ts";

type NextSpawning = Extract<NextChild, { kind: "spawning" }>;
type NextRunning = Exclude<NextChild, NextSpawning>;

/** Starts the next child beside this one. */
export function beginOverlap(
  now: Now,
  old: Running,
  candidate: Candidate,
): Transition {
  promiseRoomBeside(now);
  const { model, policy } = now;
  const run = model.runs + 1;
  const state: Overlapping = {
    kind: "overlapping",
    old,
    candidate,
    next: { kind: "spawning", run, stop: undefined, held: [] },
  };
  return enter(knowing(now, { runs: run }), state, [
    ...DISARM,
    ...log(
      reloads.overlapStarting(old.pid),
      messages.childStarting(policy.command, policy.args),
    ),
    spawn(
      now,
      { run, reason: reasonFor(candidate), baseline: candidate.content },
      true,
    ),
  ]);
}

/**
 * Whether the terminal has told all children already. While the next one is being
 * started, ^C has reached the old one alone.
 */
const hasChildOfTerminal = (
  { kind }: Overlapping["next"],
  { signal }: EventOf<"signal">,
): "child" | "no child" =>
  kind === "spawning" && signal === "SIGINT" ? "no child" : "child";

export function stepOverlapping(
  now: Now,
  state: Overlapping,
  event: Event,
): Transition {
  const { old, next } = state;
  switch (event.kind) {
    case "signal":
      return onSignal(now, event, hasChildOfTerminal(next, event), {
        stop: (signal) =>
          stopBoth(now, state, {
            goal: { kind: "shutdown" },
            signal,
            say: stopLines(event),
          }),
        forward: (signal) => forwardToBoth(now, state, signal),
      });
    case "bug": {
      const line = messages.internalError(event.detail);
      return stopBoth(now, state, endFor(now, { kind: "bug" }, line));
    }
    case "stopChild": {
      const on = savedContent(now.policy, old);
      const line = operator.haltRequested();
      return stopBoth(now, state, endFor(now, { kind: "halt", on }, line));
    }
    case "ready":
      if (event.run === old.run) return onOldReady(now, state);
      break;
    case "notYet":
      return onNotYet(now, state, event);
  }
  return next.kind === "spawning"
    ? stepSpawning(now, { ...state, next }, event)
    : stepBoth(now, { ...state, next }, event);
}

function stepSpawning(
  now: Now,
  state: Overlapping & { next: NextSpawning },
  event: Event,
): Transition {
  const { run } = state.next;
  switch (event.kind) {
    case "spawned":
      return event.run === run ? onSpawned(now, state, event.pid) : stay(now);
    case "spawnFailed":
      return event.run === run
        ? onSpawnFailed(now, state, event.failure.detail)
        : stay(now);
    default:
      return stay(now);
  }
}

/** As far as is known, nothing is wrong with the content: it is tried again later. */
function onSpawnFailed(
  now: Now,
  { old, candidate, next: { stop } }: Overlapping & { next: NextSpawning },
  detail: string,
): Transition {
  if (stop !== undefined) return beginStop(now, old, { ...stop, say: [] });
  const { policy, at } = now;
  const again = withoutDistance(candidate);
  const pending = { kind: "deferred", candidate: again } as const;
  return enter(now, { ...old, pending }, [
    ...log(reloads.overlapFailed(detail, old.pid, APPLY_RETRY_MS)),
    { kind: "timer", name: "defer", at: at + APPLY_RETRY_MS },
    ...readinessTimers(policy, old),
    LOOK,
  ]);
}

function onSpawned(
  now: Now,
  overlap: Overlapping & { next: NextSpawning },
  pid: number,
): Transition {
  const { candidate, next } = overlap;
  const { run, stop, held } = next;
  const reason = reasonFor(candidate);
  const start = { run, reason, baseline: candidate.content, held };
  const child = newChild(now, start, pid);
  const state = { ...overlap, next: { kind: "warming", child } as const };
  const line = messages.childStarted(pid);
  return stop !== undefined
    ? stopBoth(now, state, { ...stop, say: [line] })
    : enter(now, state, [
      ...log(line),
      ...readinessTimers(now.policy, child),
      LOOK,
    ]);
}

/** Both children run. */
function stepBoth(
  now: Now,
  state: Overlapping & { next: NextRunning },
  event: Event,
): Transition {
  const { old, next: { kind, child } } = state;
  switch (event.kind) {
    case "observed":
      return verify(now, state, event);
    case "ready":
      return event.run === child.run && kind === "warming"
        ? onReady(now, state, child)
        : stay(now);
    case "timer":
      if (event.name === "drain" && kind === "waiting") {
        return takeOver(now, old, child);
      }
      return event.name === "ready" && kind === "warming"
        ? perform(now, [{ kind: "askSign", run: child.run }])
        : stay(now);
    case "notReady":
      return event.run === child.run && kind === "warming"
        ? failStopped(now, state, child)
        : stay(now);
    case "exited":
      if (event.run === child.run) {
        return failEnded(now, state, child, event.status);
      }
      return event.run === old.run
        ? oldEnded(now, old, child, event.status)
        : stay(now);
    default:
      return stay(now);
  }
}

/** The first looks after its start show whether the next child may have read other content than it was to read. */
function verify(
  now: Now,
  state: Overlapping & { next: NextRunning },
  { observation: { fingerprint } }: EventOf<"observed">,
): Transition {
  const { kind, child } = state.next;
  if (child.change.kind !== "unverified") return stay(now);
  const { baseline } = child;
  const isLost = baseline.some((print, at) =>
    print.kind !== fingerprint[at].kind
  );
  if (!isLost && firstDifference(baseline, fingerprint) === undefined) {
    return stay(now);
  }
  const doubted: Running = { ...child, change: { kind: "doubted" } };
  return enter(now, { ...state, next: { kind, child: doubted } });
}

/** A probe says of one of them that it is not ready. */
function onNotYet(
  now: Now,
  state: Overlapping,
  event: EventOf<"notYet">,
): Transition {
  const { old, next } = state;
  if (event.run === old.run) {
    const known = notYet(old, event);
    return enter(now, { ...state, old: known.child }, known.effects);
  }
  if (next.kind !== "warming" || event.run !== next.child.run) return stay(now);
  const { child, effects } = notYet(next.child, event);
  return enter(now, { ...state, next: { kind: "warming", child } }, effects);
}

/** The sign of the old child comes late. The timer is that of the next child, so it stays. */
function onOldReady(now: Now, state: Overlapping): Transition {
  const ready = becomeReady(now, state.old);
  if (ready === undefined) return stay(now);
  return enter(ready.now, { ...state, old: ready.child }, [
    ...log(...ready.lines),
    ...ready.keeps,
    ...ready.forwards,
  ]);
}

/**
 * The next child is ready: it takes over after the drain delay, if there is one. It
 * gets all signals that have waited, those for the old child first: they came
 * earlier.
 */
function onReady(
  now: Now,
  state: Overlapping,
  warm: Running,
): Transition {
  const { old } = state;
  const { policy: { drainDelayMs }, at } = now;
  const child: Running = { ...warm, readiness: { kind: "ready" }, held: [] };
  const effects: Effect[] = [
    ...disarm("ready"),
    ...log(reloads.childReady(child.pid, at - child.startedAt)),
    ...forwardHeld({ ...warm, held: warm.held.reduce(hold, old.held) }),
  ];
  if (drainDelayMs === 0) return after(effects, takeOver(now, old, child));
  const next = { kind: "waiting", child } as const;
  return enter(now, { ...state, next }, [
    ...effects,
    { kind: "timer", name: "drain", at: at + drainDelayMs },
    ...log(reloads.draining(old.pid, drainDelayMs)),
  ]);
}

/**
 * To the old child at once, unless others wait for it. Before the next child can
 * receive signals, one would end it, and its content would be rejected for that.
 */
function forwardToBoth(
  now: Now,
  { old, next, ...rest }: Overlapping,
  signal: Signal,
): Transition {
  const first = forwardInOrder(old, signal);
  const state = { ...rest, old: first.child };
  switch (next.kind) {
    case "spawning": {
      const held = hold(next.held, signal);
      const starting = { ...next, held };
      return enter(now, { ...state, next: starting }, first.effects);
    }
    case "waiting":
      return enter(now, { ...state, next }, [
        ...first.effects,
        ...forward(next.child, signal),
      ]);
    case "warming": {
      const held = hold(next.child.held, signal);
      const child = { ...next.child, held };
      const warming = { kind: "warming", child } as const;
      return enter(now, { ...state, next: warming }, first.effects);
    }
  }
}
