/** A look at the paths finds what the next child is started on. Pure. */
import { quietRule } from "../change/quiet_window.ts";
import { waitBeforeStart, type Waiting } from "../change/wait_before_start.ts";
import { readabilityAtStart } from "../change/readability.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
} from "../vocabulary/fingerprint.ts";
import type { Preparing } from "../vocabulary/state.ts";
import * as watching from "../text/watching.ts";
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
} from "./moves.ts";
import { prove, withoutNews } from "./proving.ts";
import { launch } from "./start.ts";

export function stepPreparing(
  now: Now,
  state: Preparing,
  event: Event,
): Transition {
  switch (event.kind) {
    case "timer":
      return event.name === "look" ? perform(now, [LOOK]) : stay(now);
    case "hint":
      // No child is running, so a start that waits does not wait for a timer.
      return state.wait !== undefined ? followHint(now, event) : stay(now);
    case "observed":
      // An older look was under way when ours was asked for.
      return event.startedAt < state.since
        ? stay(now)
        : onObserved(now, state, event);
    default:
      return stepChildless(now, state, event);
  }
}

function onObserved(
  now: Now,
  state: Preparing,
  event: EventOf<"observed">,
): Transition {
  const { observation: { fingerprint } } = event;
  const waiting = waitFor(now, state, event);
  if (waiting === undefined) {
    const next = use(now, state, fingerprint);
    return state.wait === undefined ? next : after(disarm("look"), next);
  }
  const { wait, nextLookAt } = waiting;
  const lines = state.wait === undefined ? [watching.startAwaitsRest()] : [];
  return enter(now, { ...state, wait }, [
    ...log(...lines),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}

/** Undefined if the child may be started on what was seen. */
function waitFor(
  { model, policy, at }: Now,
  state: Preparing,
  { observation }: EventOf<"observed">,
): Waiting | undefined {
  const { lastBaseline, stable, feedback } = model;
  const reference = stable ?? lastBaseline;
  // The very first start uses what it finds, also when it has to try again.
  const isFirst = lastBaseline === undefined && policy.vetting === undefined;
  if (isFirst || reference === undefined) return undefined;
  const rule = quietRule(policy, feedback.reloads);
  // For content that was used although it was never stable there is no window.
  const windowMs = stable === undefined ? 0 : rule.windowMs;
  const seen = { ...observation, at };
  return waitBeforeStart(state, reference, seen, { ...rule, windowMs });
}

/** Starts the child on what the paths hold, or has it vetted first. */
function use(now: Now, state: Preparing, found: Fingerprint): Transition {
  const { model, policy } = now;
  const rejected = undefined;
  if (policy.vetting === undefined) {
    const { health, faults } = readabilityAtStart(now, found, state.reason);
    return after(
      log(...faults),
      launch(knowing(now, { health, stable: found }), state, {
        baseline: found,
        rejected,
      }),
    );
  }
  // With saved content only that of the last child is known to be there still.
  const last = policy.snapshots ? model.lastBaseline : model.approved;
  if (last === undefined || firstDifference(last, found) !== undefined) {
    return prove(now, state, found);
  }
  const { health, faults } = readabilityAtStart(now, found, state.reason);
  const ready = knowing(now, { health });
  return after(
    log(...faults),
    policy.snapshots
      ? launch(ready, withoutNews(state), { baseline: last, rejected })
      : launch(ready, state, { baseline: found, rejected }),
  );
}
