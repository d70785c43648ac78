/** What every state does about a signal; a state adds what a stop and a forwarded signal mean to it. Pure. */
import type { EventOf } from "../vocabulary/event.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { planSignal } from "../rules/signal_plan.ts";
import {
  knowing,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "./moves.ts";

/** What differs from state to state. */
export interface OnSignal {
  /** Asked to stop; `signal` is what a child is to be sent for it. */
  readonly stop: (signal: Signal) => Transition;
  /** To be passed on to the child, as this signal. */
  readonly forward: (signal: Signal) => Transition;
}

/** The step for a signal. Where there is no child, the terminal has given it to nobody else. */
export function onSignal(
  now: Now,
  event: EventOf<"signal">,
  child: "child" | "no child",
  { stop, forward }: OnSignal,
): Transition {
  const plan = planSignal(event.signal, now.policy, child === "child");
  switch (plan.kind) {
    case "stop":
      return stop(plan.signal);
    case "forward":
      return forward(plan.signal);
    case "suspend":
      return perform(now, [{ kind: "suspend" }]);
    case "drop":
      return perform(now, log(messages.signalDropped(event.signal)));
    case "leave":
      return stay(now);
    case "interrupt":
      return stay(knowing(now, { interruptedAt: now.at }));
  }
}

/**
 * Whether a signal is left to a child that is being ended for this goal. `^C` is not
 * where another child follows, which the terminal cannot have told: it ends us.
 */
export const childOfTerminal = (
  { kind }: Goal,
  { signal }: EventOf<"signal">,
): "child" | "no child" =>
  kind === "restart" && signal === "SIGINT" ? "no child" : "child";

/** What is logged when somebody asks the manager to stop. */
export const stopLines = ({ signal }: EventOf<"signal">) => [
  messages.stopRequested(signal),
  messages.shuttingDown(),
];
