/**
 * The whole behaviour of a manager as one pure function: what it knows and what
 * happened give what it knows next and what is to be done about it.
 */
import { describeWatched } from "./notation/describe.ts";
import { followSlot, onSlotLost } from "./fleet/held_slot.ts";
import { showMember } from "./fleet/member.ts";
import { withReadings } from "./change/late_reading.ts";
import { concernsRetiring, stepRetiring } from "./overlap/retirement.ts";
import { stepOverlapping } from "./overlap/overlapping.ts";
import { askLiveAgain, followLiveness } from "./reload/liveness.ts";
import { stepRunning } from "./reload/running.ts";
import { stepAfterExit } from "./termination/after_exit.ts";
import { stepAwaiting } from "./childless/awaiting.ts";
import { stepBackingOff } from "./childless/backing_off.ts";
import { stepBeforeStart } from "./launch/before_start.ts";
import { stepDraining } from "./termination/draining.ts";
import {
  holdChanges,
  onHoldOver,
  type Opened,
  openGate,
} from "./transition/gate.ts";
import { stepHalted } from "./childless/halted.ts";
import { stepIdle } from "./childless/idle.ts";
import { isFirstStop, stepLingering } from "./termination/lingering.ts";
import {
  after,
  log,
  type Now,
  nowOf,
  perform,
  stay,
  type Transition,
} from "./transition/moves.ts";
import { stepPreparing } from "./childless/preparing.ts";
import { stepProving } from "./childless/proving.ts";
import {
  onReloadSignal,
  thenWaitingReload,
} from "./transition/reload_signal.ts";
import { stepRetrying } from "./launch/retrying.ts";
import { stepSpawning } from "./launch/spawning.ts";
import { onStalled } from "./transition/stalled.ts";
import { stepStopping } from "./termination/stopping.ts";
import { withStopDeadline } from "./termination/stop_deadline.ts";
import { proceed, stepSweeping } from "./termination/sweeping.ts";
import { objectionTo } from "./rules/objection.ts";
import { asksForReload } from "./rules/signal_plan.ts";
import * as operator from "./text/operator.ts";
import * as watching from "./text/watching.ts";
import {
  type CommandEvent,
  type Event,
  type EventOf,
  isCommand,
} from "./vocabulary/event.ts";
import type { Model } from "./vocabulary/model.ts";
import type { Policy } from "./vocabulary/policy.ts";

/**
 * An event that means nothing in the present state changes nothing. Throws only
 * where a promise of the core is broken (transition/promises.ts).
 */
export function step(model: Model, event: Event, policy: Policy): Transition {
  const now = nowOf(model, event, policy);
  const next = thenWaitingReload(followSlot(now, event, react(now, event)));
  const whole = withStopDeadline(now, event, followLiveness(model, now, next));
  return showMember(model, event, whole, policy);
}

function react(now: Now, event: Event): Transition {
  const { model, policy } = now;
  if (event.kind === "observed") return onObserved(now, event);
  if (isCommand(event)) return onCommand(now, event);
  if (event.kind === "timer" && event.name === "hold") {
    const { gate } = model;
    return gate.kind === "held" ? thenResume(onHoldOver(now, gate)) : stay(now);
  }
  if (event.kind === "stalled") return onPause(now, event);
  if (event.kind === "slotLost") return onSlotLost(now, event);
  if (event.kind === "signal" && asksForReload(event.signal, policy)) {
    return onReloadSignal(now, event.signal);
  }
  // What is waited for may be due sooner, or later.
  if (event.kind === "settings") {
    return stepState(now, { kind: "hint", cause: "event", at: now.at });
  }
  return concernsRetiring(model, event) && !isFirstStop(now, event)
    ? stepBoth(now, event)
    : stepState(now, event);
}

/** A command that cannot be taken now changes nothing, and is logged with the reason. */
function onCommand(now: Now, command: CommandEvent): Transition {
  const objection = objectionTo(now.model, command);
  if (objection !== undefined) {
    return perform(now, log(operator.declined(command.kind, objection.why)));
  }
  switch (command.kind) {
    case "hold":
      return holdChanges(now, command);
    case "resume":
      return thenResume(openGate(now, operator.resumed()));
    default:
      return stepState(now, command);
  }
}

/** Changes that were held back have their turn. */
const thenResume = ({ now, effects }: Opened): Transition =>
  now.model.gate.kind === "open"
    ? after(effects, stepState(now, { kind: "resume", at: now.at }))
    : perform(now, effects);

/** All limits are over later by as much, and what the child was asked meanwhile is asked again. */
function onPause(now: Now, event: EventOf<"stalled">): Transition {
  const next = onStalled(now, event);
  const { model, effects } = next;
  const { state } = model;
  return state.kind === "running"
    ? after(effects, askLiveAgain({ ...now, model }, state, event))
    : next;
}

/** Completes first what was decided on before it was read. */
function onObserved(now: Now, event: EventOf<"observed">): Transition {
  const { model, policy } = now;
  const read = withReadings(model, event.observation);
  if (read === model) return stepState(now, event);
  const lines = policy.configs
    .filter((_, at) => read.lastBaseline?.[at] !== model.lastBaseline?.[at])
    .map((config) => watching.firstLookDone(describeWatched(config)));
  return after(log(...lines), stepState({ ...now, model: read }, event));
}

/** The event is about a child that retires, and some events are about the other child too. */
function stepBoth(now: Now, event: Event): Transition {
  switch (event.kind) {
    case "bug": {
      const main = stepState(now, event);
      const next = { ...now, model: main.model };
      return after(main.effects, stepRetiring(next, event));
    }
    case "signal": {
      const beside = stepRetiring(now, event);
      const next = { ...now, model: beside.model };
      return after(beside.effects, stepState(next, event));
    }
    default:
      return stepRetiring(now, event);
  }
}

function stepState(now: Now, event: Event): Transition {
  const { state } = now.model;
  switch (state.kind) {
    case "idle":
      return stepIdle(now, state, event);
    case "awaiting":
      return stepAwaiting(now, state, event);
    case "preparing":
      return stepPreparing(now, state, event);
    case "proving":
      return stepProving(now, state, event);
    case "beforeStart":
      return stepBeforeStart(now, state, event);
    case "spawning":
      return stepSpawning(now, state, event);
    case "retrying":
      return stepRetrying(now, state, event);
    case "halted":
      return stepHalted(now, state, event);
    case "backingOff":
      return stepBackingOff(now, state, event);
    case "running":
      return stepRunning(now, state, event);
    case "draining":
      return stepDraining(now, state, event);
    case "overlapping":
      return stepOverlapping(now, state, event);
    case "stopping":
      return stepStopping(now, state, event);
    case "sweeping":
      return stepSweeping(now, state, event);
    case "afterExit":
      return stepAfterExit(now, state, event, proceed);
    case "lingering":
      return stepLingering(now, state, event);
    case "done":
      return stay(now);
  }
}
