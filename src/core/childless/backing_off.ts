/**
 * The pause after a child that ended by itself, or did not answer. Content that changes meanwhile
 * may be the cure, so it is used at once: after the quiet window, and when its
 * turn has come. Pure.
 */
import { assess } from "../change/debounce.ts";
import { knownOf, type QuietRule, quietRule } from "../change/quiet_window.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import { turnAfter } from "../vocabulary/policy.ts";
import type { Observation } from "../vocabulary/observation.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type {
  BackingOff,
  Goal,
  Reason,
  StartContent,
  Sweeping,
} from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as operator from "../text/operator.ts";
import * as reloads from "../text/reload.ts";
import { startWhenAvailable } from "./awaiting.ts";
import { stepChildless } from "./childless.ts";
import {
  after,
  disarm,
  enter,
  followHint,
  knowing,
  log,
  LOOK,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { isDueAtStart } from "../child/rejection.ts";
import { nextStart } from "./start.ts";

/** What comes before the pause: a crash, or a start for this reason that has failed. */
export interface Pause {
  readonly reason: Reason;
  readonly line: Message;
}

/** How long the pause is, what follows it, and what the child has left, where a look has found that. */
type PauseRules =
  & Pick<Extract<Goal, { kind: "revive" }>, "waitMs" | "on">
  & Pick<Sweeping, "left">;

/** Begins the pause. */
export function backOff(
  now: Now,
  { waitMs, on, left }: PauseRules,
  held: readonly Signal[],
  { reason, line }: Pause,
): Transition {
  const state: BackingOff = {
    kind: "backingOff",
    since: now.at,
    retryAt: now.at + waitMs,
    cured: false,
    on,
    reason,
    base: left?.fingerprint,
    unread: left?.unread ?? [],
    change: { kind: "settled" },
    held,
  };
  return enter(now, state, [
    ...log(line),
    { kind: "timer", name: "retry", at: state.retryAt },
    LOOK,
  ]);
}

export function stepBackingOff(
  now: Now,
  state: BackingOff,
  event: Event,
): Transition {
  switch (event.kind) {
    case "timer":
      if (event.name === "look") return perform(now, [LOOK]);
      return event.name === "retry" ? onPauseOver(now, state) : stay(now);
    case "reload":
      return onReloadRequested(now, state, event);
    case "resume":
      return perform(now, [LOOK, retryTimer(now, state)]);
    case "hint":
      return followHint(now, event);
    case "observed":
      return event.startedAt < state.since || now.model.gate.kind === "held"
        ? stay(now)
        : onObserved(now, state, event);
    default:
      return stepChildless(now, state, event);
  }
}

/** When the next child is started: while changes are held back, no content that has changed makes that earlier. */
const startsAt = (
  { model: { gate, turnAt = Infinity } }: Now,
  { retryAt, cured }: BackingOff,
): number =>
  cured && gate.kind === "open" ? Math.min(retryAt, turnAt) : retryAt;

const retryTimer = (now: Now, state: BackingOff): Effect => ({
  kind: "timer",
  name: "retry",
  at: startsAt(now, state),
});

function onPauseOver(now: Now, state: BackingOff): Transition {
  const { gate } = now.model;
  // It was armed for other content, which is held back since then.
  if (state.cured && gate.kind === "held" && now.at < state.retryAt) {
    return perform(now, [retryTimer(now, state)]);
  }
  const isNews = gate.kind === "open" && (state.cured || hasNews(now, state));
  return isNews
    ? startAgain(now, state, "config", undefined)
    : startAgain(now, state, state.reason, state.on);
}

/** The next child is started at once: on what the paths hold, unless that was rejected. */
function onReloadRequested(
  now: Now,
  state: BackingOff,
  { force }: EventOf<"reload">,
): Transition {
  const { on, base } = state;
  const isRejected = on?.rejected !== undefined &&
    (base === undefined || isHeld(on.rejected.content, base, state.unread));
  return after(
    log(operator.reloadRequested(force)),
    startAgain(now, state, "request", isRejected && !force ? on : undefined),
  );
}

/**
 * At the end of the pause, saved content is not used if the paths held other
 * content when the pause began: a child that always ends within the quiet window
 * would never get that content. Nor is it used if the next turn of rejected content
 * is due: it could wait for ever for a child that becomes ready. A path that is
 * still being read is no news: the next child gets what the last one had of it.
 */
function hasNews(now: Now, state: BackingOff): boolean {
  const { model: { turnAt, appliedAt }, policy, at } = now;
  const { on, base, unread } = state;
  const isNews = on !== undefined && base !== undefined &&
    (isDueAtStart(now, on.rejected) ||
      !isHeld(on.rejected?.content ?? on.baseline, base, unread));
  // Crashes happen at different times, so --splay has nothing to spread here.
  const isTurn = (turnAt ?? -Infinity) <= at &&
    (appliedAt ?? -Infinity) + policy.minIntervalMs <= at;
  return isNews && isTurn;
}

/** Whether the paths held `content`, as far as is known. */
const isHeld = (
  content: Fingerprint,
  base: Fingerprint,
  unread: Observation["unread"],
): boolean =>
  firstDifference(content, knownOf(base, unread, content)) === undefined;

function startAgain(
  now: Now,
  { held, reason: before }: BackingOff,
  wanted: Reason,
  on: StartContent | undefined,
): Transition {
  // Where none was ever started, the next start is the first one.
  const reason = before === "start" ? before : wanted;
  const unlessNews = before === "liveness" ? before : "crash";
  const next = wanted === "config"
    ? knowing(now, { appliedAt: now.at, turnAt: undefined })
    : now;
  return after(
    disarm("retry", "look"),
    startWhenAvailable(next, nextStart(now, { reason, held, unlessNews }), on),
  );
}

function onObserved(
  now: Now,
  state: BackingOff,
  { observation }: EventOf<"observed">,
): Transition {
  const { model, policy, at } = now;
  const { fingerprint } = observation;
  const base = state.base ?? fingerprint;
  const rule = quietRule(policy, model.feedback.reloads);
  const { change, health, stage, stable, log: lines, nextLookAt } = assess(
    state.change,
    model.health,
    base,
    { ...observation, at },
    rule,
  );
  const known = knowing(now, { health });
  const isBase = state.base === undefined || stage === "confirmed";
  const seen: BackingOff = {
    ...state,
    base: isBase ? fingerprint : base,
    unread: isBase ? observation.unread : state.unread,
    change,
  };
  // Before it was read, nobody knew that it is what was rejected.
  const isRejected = state.on?.rejected !== undefined &&
    isHeld(state.on.rejected.content, fingerprint, []);
  if (stage !== "confirmed" || isRejected) {
    return enter(known, seen, [
      ...log(...lines),
      { kind: "timer", name: "look", at: nextLookAt },
    ]);
  }
  const isStable = stable && isBaseStable(now, base, at - state.since, rule);
  const turnAt = turnAfter(model, at, policy);
  const next = knowing(known, {
    turnAt,
    stable: isStable ? fingerprint : stable ? model.stable : undefined,
  });
  // Where saved content is there to start on, it is used at the end of a pause
  // that is over before the turn comes.
  const cured = state.on === undefined || turnAt <= state.retryAt;
  const decided: BackingOff = { ...seen, cured };
  if (turnAt <= at) {
    return after(
      log(...lines, messages.backoffCutShort()),
      startAgain(next, decided, "config", undefined),
    );
  }
  const waitMs = (cured ? startsAt(next, decided) : turnAt) - at;
  return enter(next, decided, [
    ...log(...lines, reloads.deferred(waitMs)),
    retryTimer(next, decided),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}

/**
 * Whether what the paths held at the crash was stable. If not, a file that was
 * replaced since then does not end the wait for the others.
 */
const isBaseStable = (
  { model: { stable } }: Now,
  base: Fingerprint,
  pausedMs: number,
  { windowMs }: QuietRule,
): boolean =>
  pausedMs >= windowMs || stable === undefined ||
  firstDifference(stable, base) === undefined;
