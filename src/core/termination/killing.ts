/** What the end of a leader and the end of its group have in common: the stop signal, SIGKILL, and when that is sent early. Pure. */
import type { Effect, Recipient } from "../vocabulary/effect.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import {
  CONTINUE_MS,
  KILL_GRACE_MS,
  type Policy,
  PROBE_FIRST_MS,
} from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal, Stopping, Sweeping } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { giveUp } from "../transition/ending.ts";
import {
  enter,
  log,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";

type Ending = Stopping | Sweeping;

/** Who gets SIGKILL by this policy. */
export const killedBy = ({ killMode }: Pick<Policy, "killMode">): Recipient =>
  killMode === "main" ? "main" : "group";

/** Whether SIGKILL was sent. */
export const isKilled = ({ phase }: Pick<Ending, "phase">): boolean =>
  phase.kind === "killed" || phase.kind === "stuck";

/** Who gets the stop signal by this policy. */
const askedBy = ({ killMode }: Pick<Policy, "killMode">): Recipient =>
  killMode === "group" ? "group" : "main";

/** Asks the child to end, and by `--kill-mode group` its whole group, and arms the timers of its time. */
export const askToEnd = (
  { at, policy }: Now,
  run: number,
  signal: Signal,
): Effect[] => [
  { kind: "signal", run, signal, to: askedBy(policy) },
  {
    kind: "timer",
    name: "continue",
    at: at + Math.min(CONTINUE_MS, policy.stopTimeoutMs / 2),
  },
  { kind: "timer", name: "stop", at: at + policy.stopTimeoutMs },
];

/**
 * Lets those go on who were asked to end and are stopped (^Z, SIGSTOP): they take
 * in no signal but SIGKILL until then. systemd sends SIGCONT with the stop signal
 * (systemd.kill(5)); after it, a child that ends at once does not hear a signal
 * that nobody has sent to it.
 */
export const continueStopped = (
  { policy }: Now,
  { phase, run }: Ending,
): Effect[] =>
  phase.kind === "asked"
    ? [{ kind: "signal", run, signal: "SIGCONT", to: askedBy(policy) }]
    : [];

/** Sends SIGKILL to the child's group, or by `--kill-mode main` to the child alone. A second SIGKILL does not buy more time. */
export function kill(now: Now, state: Ending, why: Message): Transition {
  const { phase: before, run } = state;
  const graceEndsAt = now.at + KILL_GRACE_MS;
  const by = before.kind === "killed"
    ? Math.min(before.by, graceEndsAt)
    : graceEndsAt;
  const phase = { kind: "killed", by } as const;
  const effects: Effect[] = [
    { kind: "signal", run, signal: "SIGKILL", to: killedBy(now.policy) },
    { kind: "timer", name: "stop", at: by },
  ];
  if (state.kind === "stopping") {
    return enter(now, { ...state, phase }, [...effects, ...log(why)]);
  }
  return enter(now, { ...state, phase, probeMs: PROBE_FIRST_MS }, [
    ...effects,
    { kind: "timer", name: "probeGroup", at: now.at + PROBE_FIRST_MS },
    ...log(why),
  ]);
}

/** A second request to stop is urgent. */
export const onUrgentStop = (
  now: Now,
  state: Ending,
  { signal }: EventOf<"signal">,
): Transition =>
  isKilled(state)
    ? stay(now)
    : kill(now, state, messages.stopEscalated(state.pid, signal));

/** The stop signal may not have been sent, so SIGKILL is; a second bug after that ends the manager. */
export function onBug(
  now: Now,
  state: Ending,
  { detail }: EventOf<"bug">,
): Transition {
  const line = messages.internalError(detail);
  if (state.goal.kind === "bug" && isKilled(state)) return giveUp(now, line);
  return kill(now, { ...state, goal: goalAfterBug(state.goal) }, line);
}

/** What follows the end of a child that retires is decided by the other child. */
const goalAfterBug = (goal: Goal): Goal =>
  goal.kind === "retire" ? goal : { kind: "bug" };
