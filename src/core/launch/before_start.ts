/** No child is running, and `--before-start` runs: the child is started when that has succeeded. Pure. */
import type { Event, EventOf, HookOutcome } from "../vocabulary/event.ts";
import { EXIT_CHECK_FAILED } from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import { SPAWN_RETRY_MS } from "../vocabulary/policy.ts";
import type { BeforeStart } from "../vocabulary/state.ts";
import { judgeCrash } from "../rules/crash.ts";
import * as hooks from "../text/hooks.ts";
import * as messages from "../text/manager.ts";
import { outputOf } from "../text/reload.ts";
import { backOff } from "../childless/backing_off.ts";
import { withFault } from "../child/content_fault.ts";
import {
  backToGood,
  onCopyLost,
  onGivenUp,
  stepStarting,
} from "./failed_start.ts";
import { failStart } from "../transition/halting.ts";
import {
  after,
  knowing,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import {
  contentWithoutPaths,
  prepare,
  startChild,
  startOf,
} from "../childless/start.ts";

export function stepBeforeStart(
  now: Now,
  state: BeforeStart,
  event: Event,
): Transition {
  if (event.kind !== "hookEnded") return stepStarting(now, state, event);
  return event.ticket === state.ticket
    ? onHookEnded(now, state, event)
    : stay(now);
}

function onHookEnded(
  now: Now,
  state: BeforeStart,
  { outcome }: EventOf<"hookEnded">,
): Transition {
  if (state.stop !== undefined) {
    return onGivenUp(now, state, state.stop, undefined);
  }
  switch (outcome.kind) {
    case "done":
      return after(log(hooks.beforeStartDone()), onSuccess(now, state));
    case "lost":
      return state.failures < SPAWN_RETRY_MS.length
        ? onCopyLost(now, state, outcome.detail)
        : onFailed(now, state, { ...outcome, kind: "failed", tail: [] });
    case "failed":
      return onFailed(now, state, outcome);
    case "withdrawn":
      // Only a stop withdraws it, and that is the answer above.
      return onFailed(now, state, {
        kind: "failed",
        detail: "it was ended",
        tail: [],
      });
  }
}

/** The paths may have changed meanwhile, so they are looked at again; a saved copy has not. */
function onSuccess(now: Now, state: BeforeStart): Transition {
  const { policy } = now;
  const start = { ...startOf(state), hookDone: true };
  return policy.snapshots || contentWithoutPaths(policy) !== undefined
    ? startChild(now, start, state)
    : prepare(now, start);
}

/**
 * A failed start: the last good content is tried if the start was to bring new
 * content, and else the crash policy decides, as for a child that ends at once.
 */
function onFailed(
  now: Now,
  state: BeforeStart,
  { detail, tail }: Extract<HookOutcome, { kind: "failed" }>,
): Transition {
  const lines = [
    hooks.beforeStartFailed(detail),
    ...outputOf(hooks.hookOutputAtStart, tail),
  ];
  const told = withFault(now, state.baseline, "rolled back");
  return backToGood(told, state, lines) ?? retryOrEnd(now, state, lines);
}

const FAILED = { kind: "code", code: EXIT_CHECK_FAILED } as const;

function retryOrEnd(
  now: Now,
  state: BeforeStart,
  lines: readonly Message[],
): Transition {
  const { model, policy, at } = now;
  const { run, reason, baseline, rejected, held } = state;
  const on = policy.snapshots ? { baseline, rejected } : undefined;
  const failure = { run, status: FAILED, startedAt: at, wellUntil: at, at };
  const verdict = judgeCrash(failure, model.crashes, policy.crash, policy.seed);
  if (verdict.kind === "restart") {
    const { waitMs, history } = verdict;
    const line = hooks.startBackoff(history.streak, waitMs);
    const pause = { waitMs, on, left: undefined };
    return after(
      log(...lines),
      backOff(knowing(now, { crashes: history }), pause, held, {
        reason,
        line,
      }),
    );
  }
  const { max } = policy.crash;
  const exhausted = verdict.exhausted && max !== undefined
    ? [messages.restartsExhausted(max.count, max.windowMs)]
    : [];
  return failStart(
    now,
    state,
    on,
    EXIT_CHECK_FAILED,
    ...lines,
    ...exhausted,
  );
}
