/** The moves that lead to the manager's end. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import { EXIT_BUG } from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import * as messages from "../text/manager.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal, Lingering, Model } from "../vocabulary/state.ts";
import { enter, log, type Transition } from "./moves.ts";

/** Whether waiting for the end of the child that retires is pointless. */
export const isStuck = ({ retiring }: Model): boolean =>
  retiring?.kind === "stopping" && retiring.deadlineAt === Infinity;

/** The end, once the child that retires has ended too. */
export const conclude = (
  model: Model,
  code: number,
  before: readonly Effect[] = [],
  stop: Lingering["stop"] = "asked",
): Transition =>
  model.retiring === undefined || isStuck(model)
    ? enter(model, { kind: "done", code }, [
      ...before,
      ...log(messages.shutdownComplete()),
    ])
    : enter(model, { kind: "lingering", code, stop }, before);

/** A first request to stop leaves the child that retires its time. */
export const stopLingering = (
  model: Model,
  state: Lingering,
  signal: Signal,
): Transition =>
  enter(
    model,
    { ...state, stop: "asked" },
    log(messages.stopRequested(signal), messages.shuttingDown()),
  );

/** There is no child: end at once. */
export const endAt = (
  model: Model,
  code: number,
  ...before: readonly Message[]
): Transition =>
  conclude(model, code, [
    ...log(...before, messages.shuttingDown()),
    ...NOTHING_MORE,
  ]);

/** The child has ended by itself, and nobody has asked for a stop yet. */
export const follow = (model: Model, code: number): Transition =>
  conclude(
    model,
    code,
    [...log(messages.shuttingDown()), ...NOTHING_MORE],
    "unasked",
  );

const NOTHING_MORE: readonly Effect[] = [
  { kind: "timer", name: "retry", at: undefined },
  { kind: "timer", name: "look", at: undefined },
  { kind: "timer", name: "await", at: undefined },
  { kind: "cancel" },
];

/** What follows the end of a child beside another one is that one's business. */
export const goalAfterBug = (goal: Goal): Goal =>
  goal.kind === "retire" ? goal : { kind: "bug" };

/** A bug showed while the child was being stopped for one: no third attempt. */
export const giveUp = (model: Model, line: Message): Transition =>
  enter(model, { kind: "done", code: EXIT_BUG }, log(line));
