/** The ways into the state without a child in which none is started until an operator asks for one. Pure. */
import * as operator from "../text/operator.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type {
  AfterExit,
  Draining,
  Start,
  StartContent,
  Stopping,
  Sweeping,
} from "../vocabulary/state.ts";
import { endAtOnce, NOTHING_MORE } from "./ending.ts";
import { enter, log, LOOK, type Now, type Transition } from "./moves.ts";

/** No child is left. `on` is what the next one may be started on, and `held` the signals that wait for it. */
export const halt = (
  now: Now,
  held: readonly Signal[],
  on: StartContent | undefined,
  before: readonly Effect[],
): Transition =>
  enter(now, {
    kind: "halted",
    since: now.at,
    on,
    base: on === undefined
      ? now.model.lastBaseline
      : on.rejected?.content ?? on.baseline,
    change: { kind: "settled" },
    held,
  }, [...before, ...log(operator.halted()), LOOK]);

/** A start that was begun is given up, because an operator has asked for that. */
export const haltStart = (
  now: Now,
  held: readonly Signal[],
  on: StartContent | undefined,
): Transition =>
  halt(now, held, on, [...log(operator.haltRequested()), ...NOTHING_MORE]);

/** The child is ended already, and an operator wants no other one after it. */
export function haltInstead(
  now: Now,
  state: Draining | Stopping | Sweeping | AfterExit,
): Transition {
  const { goal } = state;
  const on = "on" in goal ? goal.on : undefined;
  return enter(
    now,
    { ...state, goal: { kind: "halt", on } },
    log(operator.haltRequested()),
  );
}

/** There is nothing to start on: the manager ends with this code, unless an operator has asked for the start. */
export const failStart = (
  now: Now,
  { otherwise, held }: Pick<Start, "otherwise" | "held">,
  on: StartContent | undefined,
  code: number,
  ...lines: readonly Message[]
): Transition =>
  otherwise === "end"
    ? endAtOnce(now, code, ...lines)
    : halt(now, held, on, [...log(...lines), ...NOTHING_MORE]);
