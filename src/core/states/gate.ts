/** Whether changes are put into effect, or held back by an operator. Pure. */
import { shortLine } from "../notation/one_line.ts";
import * as operator from "../text/operator.ts";
import type { EventOf } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Effect } from "../vocabulary/effect.ts";
import {
  disarm,
  knowing,
  log,
  type Now,
  perform,
  type Transition,
} from "./moves.ts";

/** Characters of an operator's reason that are kept. */
const REASON_MAX_CHARS = 200;

/** Holds changes back; a hold before this one is over. */
export function holdChanges(
  now: Now,
  { reason: given, forMs }: EventOf<"hold">,
): Transition {
  const { at: since } = now;
  const reason = given === undefined
    ? undefined
    : shortLine(given, REASON_MAX_CHARS);
  const until = forMs === undefined ? undefined : since + forMs;
  return perform(
    knowing(now, { gate: { kind: "held", since, until, reason } }),
    [
      ...log(operator.held(reason, forMs)),
      { kind: "timer", name: "hold", at: until },
    ],
  );
}

/** Changes are put into effect again. */
export interface Opened {
  readonly now: Now;
  readonly effects: readonly Effect[];
}

export const openGate = (now: Now, line: Message): Opened => ({
  now: knowing(now, { gate: { kind: "open" } }),
  effects: [...log(line), ...disarm("hold")],
});

/** The time of a hold is over; undefined if none is, because another hold has taken its place. */
export function onHoldOver(now: Now): Opened | undefined {
  const { model: { gate }, at } = now;
  if (gate.kind !== "held" || at < (gate.until ?? Infinity)) return undefined;
  return openGate(now, operator.holdEnded(gate.reason, at - gate.since));
}
