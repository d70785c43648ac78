/**
 * Whether a child that runs and is ready still answers (`--live`). Only questions that the child did not answer count, never the time
 * between them: so it does not matter for how long we did not run. Pure.
 */
import {
  after,
  disarm,
  enter,
  followedBy,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import * as texts from "../text/liveness.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Model } from "../vocabulary/model.ts";
import { STALL_LOGGED_MS } from "../vocabulary/policy.ts";
import type { Liveness, Running } from "../vocabulary/state.ts";
import { isServing } from "../child/ready_child.ts";
import { endHung } from "./hung.ts";

/**
 * The same transition, with the questions begun or ended where it begins or ends
 * the time in which the child is asked. In every other state something else is
 * done about the child, or there is none.
 */
export function followLiveness(
  before: Model,
  now: Now,
  next: Transition,
): Transition {
  if (now.policy.live === undefined) return next;
  const was = askedIn(before);
  const is = askedIn(next.model);
  if (is === undefined) {
    return was === undefined ? next : followedBy(next, disarm("live"));
  }
  if (was?.run !== is.run) return begin(now, next, is);
  return isToldNow(was, is) ? reloaded(now, next, is) : next;
}

/** The child that is to be asked now. */
function askedIn({ state }: Model): Running | undefined {
  if (state.kind !== "running") return undefined;
  return isServing(state) ? state : undefined;
}

/** The first question comes after one interval. */
function begin(now: Now, next: Transition, child: Running): Transition {
  const { liveness } = child;
  if (liveness === undefined) return next;
  if (liveness.since !== undefined) {
    return goOnAsking(now, next, child, liveness);
  }
  const asked: Liveness = { ...withoutFailures(liveness), since: now.at };
  return followedBy(
    withState(next, { ...child, liveness: asked }),
    nextQuestion(asked, now.at),
  );
}

/**
 * An overlap has failed, of which this child heard nothing: what it did not answer
 * before counts, and it is asked at once. Overlaps that are tried again and again
 * would else put every question off.
 */
function goOnAsking(
  now: Now,
  next: Transition,
  child: Running,
  liveness: Liveness,
): Transition {
  if (liveness.everyMs === undefined) return next;
  const question = liveness.question + 1;
  const asked = { ...liveness, question, askedAt: now.at };
  return followedBy(
    withState(next, { ...child, liveness: asked }),
    [{ kind: "askLive", run: child.run, question }],
  );
}

/** Whether it is being told of new content: it may have no time for answers until it has taken that in. */
const isTold = ({ pending }: Running): boolean =>
  pending.kind === "acting" && pending.actions[0].kind !== "none";

/** Whether it has been told now: an action is over, or was only a signal, which takes no time. */
const isToldNow = (was: Running, is: Running): boolean =>
  !isTold(is) && (isTold(was) || was.toldAt !== is.toldAt);

function reloaded(now: Now, next: Transition, child: Running): Transition {
  const { liveness } = child;
  if (liveness === undefined) return next;
  const told = { ...withoutFailures(liveness), reloadedAt: now.at };
  return withState(next, { ...child, liveness: told });
}

const withState = (next: Transition, state: Running): Transition => ({
  ...next,
  model: { ...next.model, state },
});

const withoutFailures = (liveness: Liveness): Liveness => ({
  ...liveness,
  failures: 0,
  why: undefined,
});

/** Arms the timer for the next question, one interval after `from`. */
const nextQuestion = ({ everyMs }: Liveness, from: number): Effect[] => [
  {
    kind: "timer",
    name: "live",
    at: everyMs === undefined ? undefined : from + everyMs,
  },
];

/** It is time to ask. */
export function askLive(now: Now, child: Running): Transition {
  const { liveness, run } = child;
  if (liveness?.since === undefined) return stay(now);
  const question = liveness.question + 1;
  return enter(
    now,
    { ...child, liveness: { ...liveness, question, askedAt: now.at } },
    [{ kind: "askLive", run, question }],
  );
}

/** We did not run while an answer was waited for: nobody knows how long the child had for it, so it is asked again. */
export const askLiveAgain = (
  now: Now,
  child: Running,
  { forMs }: EventOf<"stalled">,
): Transition =>
  child.liveness?.askedAt !== undefined && forMs >= STALL_LOGGED_MS
    ? askLive(now, child)
    : stay(now);

export function onLived(
  now: Now,
  child: Running,
  event: EventOf<"lived">,
): Transition {
  const { run, liveness } = child;
  const { question, why, heardAt } = event;
  const isLatest = event.run === run && liveness?.question === question;
  if (!isLatest || liveness.askedAt === undefined) return stay(now);
  const { askedAt, failures } = liveness;
  const answered = { ...liveness, askedAt: undefined };
  if (why === undefined) {
    const lively = {
      ...withoutFailures(answered),
      answeredAt: heardAt ?? now.at,
    };
    return goOn(
      now,
      { ...child, liveness: lively },
      heardAt ?? askedAt,
      ...(failures > 0 ? [texts.answersAgain(child.pid, failures)] : []),
    );
  }
  if (isTold(child) || askedAt < liveness.reloadedAt) {
    const excused = { ...child, liveness: withoutFailures(answered) };
    return goOn(now, excused, askedAt);
  }
  return onFailure(now, child, answered, askedAt, why);
}

/** The next question follows. */
function goOn(
  now: Now,
  child: Running,
  from: number,
  ...lines: readonly Message[]
): Transition {
  const { liveness } = child;
  const timer = liveness === undefined ? [] : nextQuestion(liveness, from);
  return enter(now, child, [...log(...lines), ...timer]);
}

function onFailure(
  now: Now,
  child: Running,
  liveness: Liveness,
  askedAt: number,
  why: string,
): Transition {
  const { live } = now.policy;
  if (live === undefined) return stay(now);
  const failures = liveness.failures + 1;
  const failing = { ...liveness, failures, why };
  const line = texts.noAnswer(child.pid, live, failures, why);
  const next = { ...child, liveness: failing };
  return failures < live.threshold ? goOn(now, next, askedAt, line) : after(
    log(line),
    endHung(
      now,
      next,
      live,
      texts.hung(child.pid, live, failing, why, now.at),
    ),
  );
}

/** The child says by itself that it does not work any more: nothing more is to be asked. */
export function onLiveTriggered(now: Now, child: Running): Transition {
  const { live } = now.policy;
  return live === undefined
    ? stay(now)
    : endHung(now, child, live, texts.triggered(child.pid, live));
}

/** The child has set its interval, which begins now. */
export function onLiveInterval(
  now: Now,
  child: Running,
  { everyMs }: EventOf<"liveInterval">,
): Transition {
  const { liveness } = child;
  if (liveness === undefined) return stay(now);
  const next = { ...liveness, everyMs, askedAt: undefined };
  const changed = { ...child, liveness: next };
  return liveness.since === undefined
    ? enter(now, changed)
    : goOn(now, changed, now.at);
}

/** What is about the liveness of the child that runs. */
export type LivenessEvent = EventOf<
  "lived" | "liveTriggered" | "liveInterval"
>;

export function onLivenessEvent(
  now: Now,
  child: Running,
  event: LivenessEvent,
): Transition {
  if (event.run !== child.run) return stay(now);
  switch (event.kind) {
    case "lived":
      return onLived(now, child, event);
    case "liveTriggered":
      return onLiveTriggered(now, child);
    case "liveInterval":
      return onLiveInterval(now, child, event);
  }
}
