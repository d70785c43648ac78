/** Ways on from a start that has failed, or was given up: for a child that was being started, and for the hook before it. Pure. */
import {
  type Fingerprint,
  isAlike,
  isSame,
} from "../vocabulary/fingerprint.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import { EXIT_BUG, EXIT_OK } from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import type { BeforeStart, Spawning } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
import { endAtOnce, endWithdrawn, NOTHING_MORE } from "../transition/ending.ts";
import { halt } from "../transition/halting.ts";
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
} from "../transition/moves.ts";
import { isOnTrial } from "../child/new_child.ts";
import { onSignal, stopLines } from "../transition/on_signal.ts";
import { rejectContent } from "../child/rejection.ts";
import { launch, nextStart, prepare, startOf } from "../childless/start.ts";

/** A start that is under way, and may be given up. */
type Starting = BeforeStart | Spawning;

/** What a start that is under way makes of a stop, a bug and a signal; all else changes nothing. */
export function stepStarting(
  now: Now,
  state: Starting,
  event: Event,
): Transition {
  switch (event.kind) {
    case "bug": {
      const line = messages.internalError(event.detail);
      return giveUpStart(now, state, endFor(now, { kind: "bug" }, line));
    }
    case "stopChild":
      return onStopChild(now, state);
    case "signal":
      return onSignalAtStart(now, state, event);
    default:
      return stay(now);
  }
}

function onStopChild(now: Now, state: Starting): Transition {
  const { baseline, rejected } = state;
  const on = now.policy.snapshots ? { baseline, rejected } : undefined;
  const line = operator.haltRequested();
  return giveUpStart(now, state, endFor(now, { kind: "halt", on }, line));
}

/** The terminal may have sent it before there was a child. */
const onSignalAtStart = (
  now: Now,
  state: Starting,
  event: EventOf<"signal">,
): Transition =>
  onSignal(now, event, "no child", {
    stop: (signal) =>
      giveUpStart(now, state, {
        goal: { kind: "shutdown" },
        signal,
        say: stopLines(event),
      }),
    forward: (signal) =>
      enter(now, { ...state, held: hold(state.held, signal) }),
  });

/** The child is not started if that can still be prevented, and else stopped as soon as there is one. After a bug the goal stays `bug`. */
function giveUpStart(now: Now, state: Starting, end: End): Transition {
  const goal = state.stop?.goal.kind === "bug" ? state.stop.goal : end.goal;
  const stop = { goal, signal: end.signal };
  return enter(now, { ...state, stop }, [
    ...log(...end.say),
    { kind: "cancel" },
  ]);
}

/** Nothing is left of a start that was given up; `failure` is what has ended it before that. */
export function onGivenUp(
  now: Now,
  { held }: Pick<Starting, "held">,
  { goal }: NonNullable<Starting["stop"]>,
  failure: Message | undefined,
): Transition {
  if (goal.kind === "halt") {
    const lines = failure === undefined ? [] : [failure];
    return halt(now, held, goal.on, [...log(...lines), ...NOTHING_MORE]);
  }
  const code = goal.kind === "bug" ? EXIT_BUG : EXIT_OK;
  return failure === undefined
    ? endWithdrawn(now, code)
    : endAtOnce(now, code, failure);
}

/**
 * New content may be what is wrong: then the last good content is tried, if it is
 * other content. `lines` say what has failed.
 */
export function backToGood(
  now: Now,
  state: Starting,
  lines: readonly Message[],
): Transition | undefined {
  const { held, otherwise, baseline } = state;
  const { good } = now.model;
  const isNews = isOnTrial(state) && good !== undefined &&
    !isAlike(good, baseline);
  if (!isNews) return undefined;
  const { now: next, rejection, retryMs } = rejectContent(
    now,
    baseline,
    "circumstances",
  );
  return after(
    log(...lines, reloads.rollingBack(baseline, good, retryMs)),
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
export function onCopyLost(
  now: Now,
  state: Starting,
  detail: string,
): Transition {
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
