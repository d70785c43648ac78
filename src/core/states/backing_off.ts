/**
 * The pause after a child that ended by itself. Content that moves meanwhile
 * may be the cure, and is tried at once: after the quiet window, when its turn
 * has come. Pure.
 */
import { assess, type QuietRule, quietRule } from "../change/debounce.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import * as messages from "../text/manager.ts";
import type { Policy } from "../vocabulary/policy.ts";
import { turnAfter } from "../vocabulary/policy.ts";
import * as reloads from "../text/reload.ts";
import { stepChildless } from "./starting.ts";
import type { BackingOff, Model } from "../vocabulary/state.ts";
import {
  after,
  enter,
  followHint,
  launch,
  log,
  LOOK,
  prepare,
  stay,
  type Transition,
} from "./moves.ts";

/** Begins the pause. */
export function backOff(
  model: Model,
  { run, on, held }: Pick<BackingOff, "run" | "on" | "held">,
  at: number,
  waitMs: number,
): Transition {
  const state: BackingOff = {
    kind: "backingOff",
    run,
    since: at,
    retryAt: at + waitMs,
    reason: "crash",
    on,
    base: undefined,
    change: { kind: "settled" },
    held,
  };
  return enter(model, state, [
    ...log(messages.backoffStarted(model.crashes.streak, waitMs)),
    { kind: "timer", name: "retry", at: state.retryAt },
    LOOK,
  ]);
}

export function stepBackingOff(
  model: Model,
  state: BackingOff,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "timer":
      if (event.name === "look") return { model, effects: [LOOK] };
      return event.name === "retry"
        ? startAgain(
          model,
          withNews(model, state, event.at, policy),
          event.at,
          policy,
        )
        : stay(model);
    case "restart":
      return after(
        log(reloads.restartRequested()),
        startAgain(model, { ...state, reason: "request" }, event.at, policy),
      );
    case "resume":
      return { model, effects: [LOOK] };
    case "hint":
      return followHint(model, event);
    case "observed":
      return onObserved(model, state, event, policy);
    default:
      return stepChildless(model, state, event, policy);
  }
}

/**
 * What was saved is passed over for what the paths held before the pause
 * already: a child that ends sooner than the quiet window would never get it.
 */
function withNews(
  { turnAt, appliedAt, gate }: Model,
  state: BackingOff,
  at: number,
  { minIntervalMs }: Policy,
): BackingOff {
  const { on, base } = state;
  const isNews = on !== undefined && base !== undefined &&
    firstDifference(on.rejected ?? on.baseline, base) !== undefined;
  // A crash comes at a time of its own: --splay has nothing to spread.
  const isTurn = gate === "open" && (turnAt ?? -Infinity) <= at &&
    (appliedAt ?? -Infinity) + minIntervalMs <= at;
  return isNews && isTurn
    ? { ...state, reason: "config", on: undefined }
    : state;
}

function startAgain(
  model: Model,
  { on, held, reason }: BackingOff,
  at: number,
  policy: Policy,
): Transition {
  const next = { run: model.runs + 1, failures: 0, held, reason };
  const known = reason === "config"
    ? { ...model, appliedAt: at, turnAt: undefined }
    : model;
  return after(
    [
      { kind: "timer", name: "retry", at: undefined },
      { kind: "timer", name: "look", at: undefined },
    ],
    on === undefined
      ? prepare(known, next, at)
      : launch(known, { ...next, ...on }, policy),
  );
}

function onObserved(
  model: Model,
  state: BackingOff,
  { startedAt, at, observation }: Extract<Event, { kind: "observed" }>,
  policy: Policy,
): Transition {
  const isOld = startedAt < state.since;
  if (isOld || model.gate === "held") return stay(model);
  const base = state.base ?? observation.fingerprint;
  const rule = quietRule(policy, model.shortRuns);
  const { change, health, verdict, rested, log: lines, nextLookAt } = assess(
    state.change,
    model.health,
    base,
    { ...observation, at },
    rule,
  );
  const known = { ...model, health };
  if (verdict !== "confirmed") {
    return enter(known, { ...state, base, change }, [
      ...log(...lines),
      { kind: "timer", name: "look", at: nextLookAt },
    ]);
  }
  const turnAt = turnAfter(model, at, policy);
  const seen = { ...state, base: observation.fingerprint, change };
  // It is vetted like any other, if that is asked for. Its turn may come only
  // after the next start, which has saved content to be on until then.
  const cured: BackingOff = state.on !== undefined && turnAt > state.retryAt
    ? seen
    : { ...seen, reason: "config", on: undefined };
  const next = {
    ...known,
    turnAt,
    rested: !rested
      ? undefined
      : restsSince(model, base, at - state.since, rule)
      ? observation.fingerprint
      : model.rested,
  };
  if (turnAt <= at) {
    return after(
      log(...lines, messages.backoffCutShort()),
      startAgain(next, cured, at, policy),
    );
  }
  const retryAt = Math.min(state.retryAt, turnAt);
  const waitMs = (cured.on === undefined ? retryAt : turnAt) - at;
  return enter(next, { ...cured, retryAt }, [
    ...log(...lines, reloads.deferred(waitMs)),
    { kind: "timer", name: "retry", at: retryAt },
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}

/** Whether what there was at the crash rests: otherwise a file that was replaced since leaves the others their window. */
const restsSince = (
  { rested }: Model,
  base: Fingerprint,
  pausedMs: number,
  { windowMs }: QuietRule,
): boolean =>
  pausedMs >= windowMs || rested === undefined ||
  firstDifference(rested, base) === undefined;
