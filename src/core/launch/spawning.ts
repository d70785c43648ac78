/** The child is being started: what follows when it runs, and when it cannot be started. Pure. */
import type { Event, EventOf, SpawnFailure } from "../vocabulary/event.ts";
import {
  EXIT_CHECK_FAILED,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
} from "../vocabulary/exit_status.ts";
import { SPAWN_RETRY_MS } from "../vocabulary/policy.ts";
import type { Retrying, Spawning } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { withFault } from "../child/content_fault.ts";
import {
  backToGood,
  onCopyLost,
  onGivenUp,
  stepStarting,
} from "./failed_start.ts";
import { failStart } from "../transition/halting.ts";
import {
  enter,
  knowing,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { started } from "../child/new_child.ts";
import { linesOnStart } from "../child/restarted.ts";
import { reloadsWith, startOf } from "../childless/start.ts";
import { beginStop } from "../termination/stopping.ts";

export function stepSpawning(
  now: Now,
  state: Spawning,
  event: Event,
): Transition {
  switch (event.kind) {
    case "spawned":
      return event.run === state.run ? onSpawned(now, state, event) : stay(now);
    case "spawnFailed":
      return event.run === state.run
        ? onSpawnFailed(now, state, event.failure)
        : stay(now);
    default:
      return stepStarting(now, state, event);
  }
}

function onSpawned(
  now: Now,
  state: Spawning,
  event: EventOf<"spawned">,
): Transition {
  const { run, reason, baseline, held, stop } = state;
  const { pid } = event;
  const next = knowing(now, {
    reloads: reloadsWith(now.model, reason),
    lastBaseline: baseline,
    isRollbackOwed: false,
  });
  const lines = linesOnStart(now.policy, reason);
  if (stop === undefined) return started(next, state, event, lines);
  const say = [messages.childStarted(pid), ...lines];
  return beginStop(next, { run, pid, held }, { ...stop, say });
}

/** The manager's exit code when a child cannot be started. */
const FAILURE_CODES: Readonly<Record<SpawnFailure["kind"], number>> = {
  "not-found": EXIT_NOT_FOUND,
  "not-executable": EXIT_NOT_EXECUTABLE,
  transient: EXIT_NOT_EXECUTABLE,
  refused: EXIT_CHECK_FAILED,
  lost: EXIT_CHECK_FAILED,
  withdrawn: EXIT_OK,
};

/**
 * A passing failure is followed by another attempt, a lost copy by a look at the
 * paths. Any other ends the manager, unless new content may be what is wrong
 * (variables that are too long, say): then the last good content is tried. The
 * fleet does not hear of a machine that can start no process.
 */
function onSpawnFailed(
  now: Now,
  state: Spawning,
  { kind, detail }: SpawnFailure,
): Transition {
  const { failures, stop, baseline, rejected } = state;
  const { command, snapshots } = now.policy;
  const failure = messages.childStartFailed(command, detail);
  if (stop !== undefined) {
    const why = kind === "withdrawn" ? undefined : failure;
    return onGivenUp(now, state, stop, why);
  }
  const waitMs = SPAWN_RETRY_MS[failures];
  if (kind === "transient" && waitMs !== undefined) {
    return retry(now, state, detail, waitMs);
  }
  if (kind === "lost" && waitMs !== undefined) {
    return onCopyLost(now, state, detail);
  }
  const told = kind === "transient"
    ? now
    : withFault(now, baseline, "rolled back");
  const back = backToGood(told, state, [failure]);
  if (back !== undefined) return back;
  const on = snapshots ? { baseline, rejected } : undefined;
  return failStart(now, state, on, FAILURE_CODES[kind], failure);
}

function retry(
  now: Now,
  spawning: Spawning,
  detail: string,
  waitMs: number,
): Transition {
  const { command, snapshots } = now.policy;
  const { failures, baseline, rejected } = spawning;
  const state: Retrying = {
    kind: "retrying",
    ...startOf(spawning),
    failures: failures + 1,
    on: snapshots ? { baseline, rejected } : undefined,
  };
  return enter(now, state, [
    ...log(messages.childStartRetry(command, detail, waitMs)),
    { kind: "timer", name: "retry", at: now.at + waitMs },
  ]);
}
