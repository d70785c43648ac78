/** The child is being started: what follows when it runs, and when it cannot be started. Pure. */
import type { Event, EventOf, SpawnFailure } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  EXIT_CHECK_FAILED,
  EXIT_NOT_EXECUTABLE,
  EXIT_NOT_FOUND,
  EXIT_OK,
} from "../vocabulary/exit_status.ts";
import {
  type Fingerprint,
  isAlike,
  isSame,
} from "../vocabulary/fingerprint.ts";
import { SPAWN_RETRY_MS } from "../vocabulary/policy.ts";
import type { Retrying, Spawning } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
import { endAtOnce, endWithdrawn, NOTHING_MORE } from "./ending.ts";
import { failStart, halt } from "./halting.ts";
import {
  after,
  type End,
  endFor,
  enter,
  hold,
  knowing,
  log,
  type Now,
  stay,
  type Transition,
} from "./moves.ts";
import { isOnTrial, started } from "./new_child.ts";
import { onSignal, stopLines } from "./on_signal.ts";
import { rejectContent } from "./rejection.ts";
import { linesOnStart } from "./restarted.ts";
import { launch, nextStart, prepare, reloadsWith, startOf } from "./start.ts";
import { beginStop } from "./stopping.ts";

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
    case "bug": {
      const line = messages.internalError(event.detail);
      return stopOnceStarted(now, state, endFor(now, { kind: "bug" }, line));
    }
    case "stopChild": {
      const { baseline, rejected } = state;
      const on = now.policy.snapshots ? { baseline, rejected } : undefined;
      const line = operator.haltRequested();
      return stopOnceStarted(
        now,
        state,
        endFor(now, { kind: "halt", on }, line),
      );
    }
    case "signal":
      // The terminal may have sent it before there was a child.
      return onSignal(now, event, "no child", {
        stop: (signal) =>
          stopOnceStarted(now, state, {
            goal: { kind: "shutdown" },
            signal,
            say: stopLines(event),
          }),
        forward: (signal) =>
          enter(now, { ...state, held: hold(state.held, signal) }),
      });
    default:
      return stay(now);
  }
}

/** The child is not started if that can still be prevented, and else stopped as soon as there is one. After a bug the goal stays `bug`. */
function stopOnceStarted(now: Now, state: Spawning, end: End): Transition {
  const goal = state.stop?.goal.kind === "bug" ? state.stop.goal : end.goal;
  const stop = { goal, signal: end.signal };
  return enter(now, { ...state, stop }, [
    ...log(...end.say),
    { kind: "cancel" },
  ]);
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
 * (variables that are too long, say): then the last good content is tried.
 */
function onSpawnFailed(
  now: Now,
  state: Spawning,
  { kind, detail }: SpawnFailure,
): Transition {
  const { failures, held, otherwise, stop, baseline, rejected } = state;
  const { model: { good }, policy: { command, snapshots } } = now;
  const failure = messages.childStartFailed(command, detail);
  if (stop !== undefined) {
    const { goal } = stop;
    if (goal.kind === "halt") {
      const lines = kind === "withdrawn" ? [] : [failure];
      return halt(now, held, goal.on, [...log(...lines), ...NOTHING_MORE]);
    }
    const code = goal.kind === "bug" ? EXIT_BUG : EXIT_OK;
    return kind === "withdrawn"
      ? endWithdrawn(now, code)
      : endAtOnce(now, code, failure);
  }
  const waitMs = SPAWN_RETRY_MS[failures];
  if (kind === "transient" && waitMs !== undefined) {
    return retry(now, state, detail, waitMs);
  }
  if (kind === "lost" && waitMs !== undefined) {
    return onLost(now, state, detail);
  }
  const isNews = isOnTrial(state) && good !== undefined &&
    !isAlike(good, baseline);
  if (!isNews) {
    const on = snapshots ? { baseline, rejected } : undefined;
    return failStart(now, state, on, FAILURE_CODES[kind], failure);
  }
  const { now: next, rejection, retryMs } = rejectContent(
    now,
    baseline,
    "circumstances",
  );
  return after(
    log(failure, reloads.rollingBack(baseline, good, retryMs)),
    launch(next, nextStart(now, { reason: "rollback", held, otherwise }), {
      baseline: good,
      rejected: rejection,
    }),
  );
}

/**
 * The saved content is gone or damaged, so it is good no more. The last good one
 * follows where the paths hold what must not be used, and else what they hold.
 */
function onLost(now: Now, state: Spawning, detail: string): Transition {
  const { reason, failures, baseline, rejected } = state;
  const { model } = now;
  const isLeft = (content: Fingerprint | undefined) =>
    content !== undefined && !isSame(content, baseline);
  const good = isLeft(model.good) ? model.good : undefined;
  const lastBaseline = isLeft(model.lastBaseline) ? model.lastBaseline : good;
  const next = knowing(now, { good, lastBaseline });
  const start = { ...startOf(state), failures: failures + 1 };
  if (good !== undefined && rejected !== undefined) {
    return after(
      log(reloads.copyLostSoStartingOnGood(detail)),
      launch(next, { ...start, reason: "rollback" }, {
        baseline: good,
        rejected,
      }),
    );
  }
  // What the paths hold is not the last good content.
  const why = reason === "rollback" ? "crash" : reason;
  return after(
    log(reloads.copyLost(detail)),
    prepare(next, { ...start, reason: why }),
  );
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
