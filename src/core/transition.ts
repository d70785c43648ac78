/** The shape of every step of the core, and the few moves that states share. Pure. */
import type { Effect } from "./effect.ts";
import { EXIT_BUG } from "./exit_status.ts";
import type { Message } from "./messages.ts";
import * as messages from "./messages.ts";
import type { Signal } from "./signals.ts";
import type { Model, Preparing, State } from "./state.ts";

/** The next model, and what to do about it, in order. */
export interface Transition {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** Nothing happens. */
export const stay = (model: Model): Transition => ({ model, effects: [] });

/** The model in another state, with effects. */
export const enter = (
  model: Model,
  state: State,
  effects: readonly Effect[] = [],
): Transition => ({ model: { ...model, state }, effects });

/** Log effects, in order. */
export const log = (...list: readonly Message[]): Effect[] =>
  list.map((message) => ({ kind: "log", message }));

/** Adds a signal to those that wait; a pending one absorbs its like, as in the kernel. */
export const hold = (
  held: readonly Signal[],
  signal: Signal,
): readonly Signal[] => held.includes(signal) ? held : [...held, signal];

/** There is no child: end at once. */
export const endAt = (
  model: Model,
  code: number,
  ...before: readonly Message[]
): Transition =>
  enter(model, { kind: "done", code }, [
    ...log(...before, messages.shuttingDown(), messages.shutdownComplete()),
    { kind: "timer", name: "retry", at: undefined },
  ]);

/** Enters `preparing`: every start of a child goes through here. */
export function prepare(
  model: Model,
  start: Pick<Preparing, "run" | "reason" | "failures" | "held">,
  at: number,
): Transition {
  const { run, reason, failures, held } = start;
  const state = { kind: "preparing", run, reason, failures, held } as const;
  return enter(model, { ...state, since: at }, [
    { kind: "look", depth: "content", cause: "timer" },
  ]);
}

/** A bug showed while the child was being stopped for one: no third attempt. */
export const giveUp = (model: Model, line: Message): Transition =>
  enter(model, { kind: "done", code: EXIT_BUG }, log(line));
