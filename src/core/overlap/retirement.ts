/**
 * A child that retires beside another one: after an overlap the old child, or the
 * new one that did not become ready. It is stopped and swept by the same steps as
 * any child; only its timers have names of their own. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, TimerName } from "../vocabulary/event.ts";
import type { Model } from "../vocabulary/model.ts";
import type { State } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { isStuck } from "../transition/ending.ts";
import {
  after,
  enter,
  knowing,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { promiseRoomToRetire } from "../transition/promises.ts";
import { stepAfterExit } from "../termination/after_exit.ts";
import { stepStopping } from "../termination/stopping.ts";
import { proceed, stepSweeping } from "../termination/sweeping.ts";

/** The timers of a child that is alone, and what they are called for one that retires. */
const BESIDE: Partial<Record<TimerName, TimerName>> = {
  stop: "retireStop",
  continue: "retireContinue",
  probeGroup: "retireProbeGroup",
};
const ALONE: Partial<Record<TimerName, TimerName>> = {
  retireStop: "stop",
  retireContinue: "continue",
  retireProbeGroup: "probeGroup",
};

/** The manager in `state`, and beside it a child whose end `begin` begins as if it were alone. */
export function retire(
  now: Now,
  state: State,
  begin: (alone: Now) => Transition,
): Transition {
  promiseRoomToRetire(now);
  return beside(knowing(now, { state }), begin(now));
}

/** Whether the event is about the child that retires, or about both children. */
export function concernsRetiring(
  { retiring, state }: Model,
  event: Event,
): boolean {
  if (retiring === undefined) return false;
  switch (event.kind) {
    case "exited":
    case "groupProbed":
      return event.run === retiring.run;
    case "hookEnded":
      return retiring.kind === "afterExit" &&
        event.ticket === retiring.ticket;
    case "timer":
      return ALONE[event.name] !== undefined;
    case "signal":
      // The second request to stop is urgent for both.
      return isEnding(state);
    case "bug":
      return true;
    default:
      return false;
  }
}

const isEnding = (state: State): boolean =>
  state.kind === "lingering" ||
  ((state.kind === "stopping" || state.kind === "sweeping" ||
    state.kind === "afterExit") && state.goal.kind === "shutdown");

/** Takes the step of the child that retires. */
export function stepRetiring(now: Now, event: Event): Transition {
  const { retiring } = now.model;
  if (retiring === undefined) return stay(now);
  const alone = knowing(now, { state: retiring, retiring: undefined });
  const heard = event.kind === "timer"
    ? { ...event, name: ALONE[event.name] ?? event.name }
    : event;
  const next = beside(now, stepAlone(alone, retiring, heard));
  return next.model.retiring === undefined || isStuck(next.model)
    ? after(next.effects, onRetired({ ...now, model: next.model }))
    : next;
}

function stepAlone(
  now: Now,
  child: NonNullable<Model["retiring"]>,
  event: Event,
): Transition {
  switch (child.kind) {
    case "stopping":
      return stepStopping(now, child, event);
    case "sweeping":
      return stepSweeping(now, child, event);
    case "afterExit":
      return stepAfterExit(now, child, event, proceed);
  }
}

/** What a child did as if it were alone, beside the other child. */
function beside(now: Now, { model, effects }: Transition) {
  const { state, ticket } = model;
  const isThere = state.kind === "stopping" || state.kind === "sweeping" ||
    state.kind === "afterExit";
  return perform(
    knowing(now, { retiring: isThere ? state : undefined, ticket }),
    effects.flatMap(renamed),
  );
}

/** Timers get the names for a child that retires. What a child alone would disarm or cancel belongs to the other child. */
function renamed(effect: Effect): Effect[] {
  if (effect.kind === "cancel") return [];
  if (effect.kind !== "timer") return [effect];
  const name = BESIDE[effect.name];
  return name === undefined ? [] : [{ ...effect, name }];
}

/** The child that retired has ended or is stuck: the manager ends if it waited for that, and a change that waited gets its turn. */
function onRetired(now: Now): Transition {
  const { state, retiring } = now.model;
  if (state.kind === "lingering") {
    const { code } = state;
    return enter(now, { kind: "done", code }, log(messages.shutdownComplete()));
  }
  return retiring === undefined
    ? perform(now, [{ kind: "timer", name: "defer", at: now.at }])
    : stay(now);
}
