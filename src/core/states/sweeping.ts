/**
 * The child's leader is gone: see that its whole process group is, then go on
 * to what the stop was for. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import { backOff } from "./backing_off.ts";
import { conclude, follow, giveUp, goalAfterBug } from "./ending.ts";
import type { Event } from "../vocabulary/event.ts";
import {
  EXIT_BUG,
  exitCodeAfterStop,
  exitCodeOf,
} from "../vocabulary/exit_status.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import { KILL_GRACE_MS, type Policy } from "../vocabulary/policy.ts";
import { planSignal } from "../rules/signal_plan.ts";
import type { Goal, Model, Sweeping } from "../vocabulary/state.ts";
import {
  after,
  enter,
  hold,
  launch,
  log,
  prepare,
  stay,
  type Transition,
} from "./moves.ts";

const PROBE_FIRST_MS = 1;
const PROBE_MAX_MS = 64;

const DISARM: readonly Effect[] = [
  { kind: "timer", name: "stop", at: undefined },
  { kind: "timer", name: "probe", at: undefined },
];

/** Enters `sweeping` by asking whether anyone is left. */
export function sweep(
  model: Model,
  state: Omit<Sweeping, "kind" | "probeMs">,
  effects: readonly Effect[],
): Transition {
  const { run, pid, goal, signal, leader, deadlineAt, killed, held } = state;
  return enter(model, {
    kind: "sweeping",
    run,
    pid,
    goal,
    signal,
    leader,
    deadlineAt,
    killed,
    held,
    probeMs: PROBE_FIRST_MS,
  }, [...effects, { kind: "probe", run }]);
}

const isRestarting = ({ kind }: Goal) =>
  kind === "restart" || kind === "revive";

export function stepSweeping(
  model: Model,
  state: Sweeping,
  event: Event,
  policy: Policy,
): Transition {
  switch (event.kind) {
    case "groupProbed":
      if (event.run !== state.run) return stay(model);
      return event.alive && !isGivenUp(state, event.at)
        ? survivors(model, state, event.at, policy)
        : finish(model, state, event.at, policy);
    case "timer":
      return onTimer(model, state, event, policy);
    case "signal":
      return onSignal(model, state, event, policy);
    case "bug":
      return onBug(model, state, event);
    default:
      return stay(model);
  }
}

/** What SIGKILL has not ended was told, and nobody waits for it. */
const isGivenUp = ({ killed, deadlineAt }: Sweeping, at: number): boolean =>
  killed && deadlineAt !== undefined && at > deadlineAt + PROBE_MAX_MS;

function survivors(
  model: Model,
  state: Sweeping,
  at: number,
  policy: Policy,
): Transition {
  const probeMs = Math.min(state.probeMs * 2, PROBE_MAX_MS);
  const again: Effect = { kind: "timer", name: "probe", at: at + probeMs };
  if (state.deadlineAt !== undefined) {
    return enter(model, { ...state, probeMs }, [again]);
  }
  const deadlineAt = at + policy.stopTimeoutMs;
  return enter(model, { ...state, probeMs, deadlineAt }, [
    { kind: "signal", run: state.run, signal: state.signal },
    { kind: "timer", name: "stop", at: deadlineAt },
    again,
    ...log(messages.groupStopping(state.pid, policy.stopTimeoutMs)),
  ]);
}

function onTimer(
  model: Model,
  state: Sweeping,
  event: Extract<Event, { kind: "timer" }>,
  policy: Policy,
): Transition {
  if (event.name === "probe") {
    return { model, effects: [{ kind: "probe", run: state.run }] };
  }
  if (event.name !== "stop" || event.at < (state.deadlineAt ?? Infinity)) {
    return stay(model);
  }
  if (!state.killed) {
    return kill(model, state, event.at, messages.groupTimedOut(state.pid));
  }
  // What SIGKILL does not end is a zombie that its parent leaves there, or in
  // an uninterruptible wait; neither holds the configuration.
  return after(
    log(messages.groupKillFailed(state.pid)),
    finish(model, state, event.at, policy),
  );
}

/** What was sent may not have been: make sure, once. */
function onBug(
  model: Model,
  state: Sweeping,
  event: Extract<Event, { kind: "bug" }>,
): Transition {
  const line = messages.internalError(event.detail);
  if (state.goal.kind === "bug" && state.killed) return giveUp(model, line);
  const goal = goalAfterBug(state.goal);
  return kill(model, { ...state, goal }, event.at, line);
}

function kill(
  model: Model,
  state: Sweeping,
  at: number,
  why: Message,
): Transition {
  // A second SIGKILL does not buy more time.
  const graceEndsAt = at + KILL_GRACE_MS;
  const deadlineAt = state.killed
    ? Math.min(state.deadlineAt ?? Infinity, graceEndsAt)
    : graceEndsAt;
  return enter(
    model,
    { ...state, killed: true, deadlineAt, probeMs: PROBE_FIRST_MS },
    [
      { kind: "signal", run: state.run, signal: "SIGKILL" },
      { kind: "timer", name: "stop", at: deadlineAt },
      { kind: "timer", name: "probe", at: at + PROBE_FIRST_MS },
      ...log(why),
    ],
  );
}

function onSignal(
  model: Model,
  state: Sweeping,
  event: Extract<Event, { kind: "signal" }>,
  policy: Policy,
): Transition {
  const plan = planSignal(event.signal, policy, true);
  const restarting = isRestarting(state.goal);
  // The rest of the group has its time, unless it was asked to stop before.
  const first = restarting || state.goal.kind === "follow";
  if (plan.kind === "stop" && first) {
    return enter(
      model,
      { ...state, goal: { kind: "shutdown" } },
      log(messages.stopRequested(event.signal), messages.shuttingDown()),
    );
  }
  if (plan.kind === "stop") {
    return state.killed ? stay(model) : kill(
      model,
      state,
      event.at,
      messages.stopEscalated(state.pid, event.signal),
    );
  }
  if (plan.kind !== "forward") return stay(model);
  if (restarting) {
    return enter(
      model,
      { ...state, held: hold(state.held, plan.signal) },
      log(messages.signalHeld(plan.signal)),
    );
  }
  return {
    model,
    effects: [{ kind: "signal", run: state.run, signal: plan.signal }],
  };
}

function finish(
  model: Model,
  state: Sweeping,
  at: number,
  policy: Policy,
): Transition {
  const { goal, leader, signal, run, held } = state;
  // Never a child beside the rest of an earlier one.
  if (isRestarting(goal) && model.retiring !== undefined) {
    return enter(model, state, [
      ...DISARM,
      { kind: "timer", name: "probe", at: at + PROBE_MAX_MS },
    ]);
  }
  switch (goal.kind) {
    case "restart": {
      const { reason, on, rejected } = goal;
      const next = { run: model.runs + 1, reason, failures: 0, held };
      return after(
        DISARM,
        on === undefined
          ? prepare(model, next, at)
          : launch(model, { ...next, baseline: on, rejected }, policy),
      );
    }
    case "revive": {
      const { waitMs, on } = goal;
      return after(
        DISARM,
        backOff(model, { run, on, held }, at, waitMs),
      );
    }
    case "shutdown":
      return conclude(model, exitCodeAfterStop(leader, signal), DISARM);
    case "follow":
      return after(DISARM, follow(model, exitCodeOf(leader)));
    case "bug":
      return conclude(model, EXIT_BUG, DISARM);
    case "retire":
      return enter(model, { kind: "done", code: exitCodeOf(leader) }, DISARM);
  }
}
