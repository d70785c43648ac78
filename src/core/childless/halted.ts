/**
 * An operator has stopped the child. The paths are looked at as ever, and
 * nothing is done about what they hold until he asks for a start. Pure.
 */
import { assess } from "../change/debounce.ts";
import { quietRule } from "../change/quiet_window.ts";
import * as operator from "../text/operator.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import { firstDifference } from "../vocabulary/fingerprint.ts";
import type { Halted, StartContent } from "../vocabulary/state.ts";
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
import { contentWithoutPaths, nextStart } from "./start.ts";

export function stepHalted(
  now: Now,
  state: Halted,
  event: Event,
): Transition {
  switch (event.kind) {
    case "startChild":
      return onStartRequested(now, state);
    case "timer":
      return event.name === "look" ? perform(now, [LOOK]) : stay(now);
    case "hint":
      return followHint(now, event);
    case "observed":
      return event.startedAt < state.since
        ? stay(now)
        : onObserved(now, state, event);
    default:
      return stepChildless(now, state, event);
  }
}

/** Like the first start of all, but a start that is refused leads back to here. */
function onStartRequested(now: Now, state: Halted): Transition {
  const start = nextStart(now, {
    reason: "start",
    held: state.held,
    otherwise: "halt",
  });
  const on = contentToStartOn(now, state) ?? contentWithoutPaths(now.policy);
  return after(
    [...log(operator.startRequested()), ...disarm("look")],
    startWhenAvailable(now, start, on),
  );
}

/** Saved content, unless the paths hold other content that may be used, or the next turn of rejected content is due. */
function contentToStartOn(
  now: Now,
  { on, base, change }: Halted,
): StartContent | undefined {
  if (on === undefined || now.model.gate.kind === "held") return on;
  const found = change.kind === "settling" ? change.candidate : base;
  const isNews = found !== undefined &&
    firstDifference(on.rejected?.content ?? on.baseline, found) !== undefined;
  return isNews || isDueAtStart(now, on.rejected) ? undefined : on;
}

/** Follows what the paths hold, so that a start need not wait for content that has been unchanged for a quiet window. */
function onObserved(
  now: Now,
  state: Halted,
  { observation }: EventOf<"observed">,
): Transition {
  const { model, policy, at } = now;
  const { fingerprint } = observation;
  const base = state.base ?? fingerprint;
  // Nobody waits, so all of the content has to have been there for the window,
  // however long it changes, and also what was replaced as a whole.
  const rule = {
    ...quietRule(policy, 0),
    trustReplacement: false,
    maxMs: Infinity,
    growingMs: Infinity,
  };
  const { change, health, stage, stable, log: lines, nextLookAt } = assess(
    state.change,
    model.health,
    base,
    { ...observation, at },
    rule,
  );
  const isConfirmed = stage === "confirmed";
  const known = knowing(now, {
    health,
    stable: isConfirmed && stable ? fingerprint : model.stable,
  });
  const next = { ...state, base: isConfirmed ? fingerprint : base, change };
  return enter(known, next, [
    ...log(...lines, ...(isConfirmed ? [operator.changeAwaitsStart()] : [])),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}
