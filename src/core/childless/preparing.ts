/** A look at the paths finds what the next child is started on. Pure. */
import { describeWatched } from "../notation/describe.ts";
import { knownOf, quietRule } from "../change/quiet_window.ts";
import { waitBeforeStart, type Waiting } from "../change/wait_before_start.ts";
import { readabilityAtStart } from "../change/readability.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import {
  type Fingerprint,
  firstDifference,
  isUnchanged,
} from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import { contentToKeep } from "../vocabulary/model.ts";
import type { Observation, Unread } from "../vocabulary/observation.ts";
import { FIRST_LOOK_MS, FIRST_LOOK_PROGRESS_MS } from "../vocabulary/policy.ts";
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
} from "../transition/moves.ts";
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
  const { observation } = event;
  if (isFirst(now) && observation.unread.length > 0) {
    return onFirstLookUnderWay(now, state, observation);
  }
  const waiting = waitFor(now, state, event);
  if (waiting === undefined) {
    return useNow(now, state, savableOf(now, observation));
  }
  const { wait, nextLookAt } = waiting;
  const lines = state.wait === undefined ? [watching.startAwaitsRest()] : [];
  return enter(now, { ...state, wait }, [
    ...log(...lines),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}

/** Whether nothing was ever started, nor found. */
const isFirst = ({ model: { stable, lastBaseline } }: Now): boolean =>
  (stable ?? lastBaseline) === undefined;

/** What is not known cannot be saved: there the next child gets what is to be kept. */
function savableOf(
  { model, policy }: Now,
  { fingerprint, unread }: Observation,
): Fingerprint {
  const kept = contentToKeep(model);
  return policy.snapshots && kept !== undefined
    ? knownOf(fingerprint, unread, kept)
    : fingerprint;
}

/**
 * Nothing is known yet of what some paths hold. Content that is vetted is waited
 * for; other content is not for long, and counts as changed if its metadata
 * have changed by the time it is read.
 */
function onFirstLookUnderWay(
  now: Now,
  state: Preparing,
  { fingerprint, unread }: Observation,
): Transition {
  const { policy, at } = now;
  const endsAt = state.patienceEndsAt ?? state.since + FIRST_LOOK_MS;
  const pathOf = ({ path }: Unread) => describeWatched(policy.configs[path]);
  if (at < endsAt) return waitUntil(now, state, endsAt, []);
  if (policy.vetting === undefined) {
    const lines = unread.map((it) => watching.startedBeforeRead(pathOf(it)));
    return after(log(...lines), useNow(now, state, fingerprint));
  }
  // What changes whenever it is read is never read: vetting it ends that (proving).
  const changes = state.partly !== undefined &&
    !isUnchanged(state.partly, fingerprint);
  if (changes && at >= state.since + FIRST_LOOK_PROGRESS_MS) {
    return after(disarm("look"), prove(now, startedAt(state), fingerprint));
  }
  const lines = unread.map((it) => watching.firstLookAwaited(pathOf(it), it));
  const waiting = { ...state, partly: fingerprint };
  return waitUntil(now, waiting, at + FIRST_LOOK_PROGRESS_MS, lines);
}

/** The wait of the first look counts for the wait of the vetting. */
const startedAt = (state: Preparing): Preparing => ({
  ...state,
  vettedFrom: state.vettedFrom ?? state.since,
});

const waitUntil = (
  now: Now,
  state: Preparing,
  at: number,
  lines: readonly Message[],
): Transition =>
  enter(now, { ...state, patienceEndsAt: at }, [
    ...log(...lines),
    { kind: "timer", name: "look", at },
  ]);

/** Goes on with the start, which waits no more. */
function useNow(now: Now, state: Preparing, found: Fingerprint): Transition {
  const next = use(now, state, found);
  const waited = state.wait !== undefined || state.patienceEndsAt !== undefined;
  return waited ? after(disarm("look"), next) : next;
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
  const takesAny = lastBaseline === undefined && policy.vetting === undefined;
  if (takesAny || reference === undefined) return undefined;
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
  // Of saved contents, only what a child is to keep is known to be there still.
  const last = policy.snapshots ? contentToKeep(model) : model.approved;
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
