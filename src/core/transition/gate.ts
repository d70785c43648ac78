/** Whether changes are put into effect, or held back by an operator. Pure. */
import { shortLine } from "../notation/one_line.ts";
import * as operator from "../text/operator.ts";
import { HOLD_REASON_MAX_CHARS } from "../vocabulary/command.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Gate } from "../vocabulary/model.ts";
import type { Effect } from "../vocabulary/effect.ts";
import {
  disarm,
  knowing,
  log,
  type Now,
  perform,
  type Transition,
} from "./moves.ts";

/** Holds changes back; a hold before this one is over. */
export function holdChanges(
  now: Now,
  { reason: given, forMs }: EventOf<"hold">,
): Transition {
  const { at: since } = now;
  const reason = given === undefined
    ? undefined
    : shortLine(given, HOLD_REASON_MAX_CHARS);
  const until = forMs === undefined ? undefined : since + forMs;
  return perform(
    knowing(now, { gate: { kind: "held", since, until, reason } }),
    [
      ...log(operator.held(reason, forMs)),
      { kind: "timer", name: "hold", at: until },
    ],
  );
}

/** What is known once the gate was to be opened, and what to do about it first. */
export interface Opened {
  readonly now: Now;
  readonly effects: readonly Effect[];
}

export const openGate = (now: Now, line: Message): Opened => ({
  now: knowing(now, { gate: { kind: "open" } }),
  effects: [...log(line), ...disarm("hold")],
});

/** The time of this hold is over, unless the timer is early or was that of a hold before. */
export const onHoldOver = (
  now: Now,
  { since, until, reason }: Extract<Gate, { kind: "held" }>,
): Opened =>
  now.at < (until ?? Infinity)
    ? { now, effects: [{ kind: "timer", name: "hold", at: until }] }
    : openGate(now, operator.holdEnded(reason, now.at - since));
