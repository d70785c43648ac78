/** The shape of every step of the core, and the few moves that states share. Pure. */
import type { Effect } from "./effect.ts";
import { EXIT_BUG } from "./exit_status.ts";
import type { Message } from "./messages.ts";
import * as messages from "./messages.ts";
import type { Policy } from "./policy.ts";
import type { Signal } from "./signals.ts";
import type { Launch, Model, Start, State } from "./state.ts";

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

/** The same transition with these effects before its own. */
export const after = (
  effects: readonly Effect[],
  next: Transition,
): Transition => ({
  model: next.model,
  effects: [...effects, ...next.effects],
});

/** The same transition with these effects behind its own. */
export const then = (
  next: Transition,
  effects: readonly Effect[],
): Transition => ({
  model: next.model,
  effects: [...next.effects, ...effects],
});

/** Log effects, in order. */
export const log = (...list: readonly Message[]): Effect[] =>
  list.map((message) => ({ kind: "log", message }));

/** Adds a signal to those that wait; a pending one absorbs its like, as in the kernel. */
export const hold = (
  held: readonly Signal[],
  signal: Signal,
): readonly Signal[] => held.includes(signal) ? held : [...held, signal];

/** Whether waiting for the end of the child that retires is pointless. */
export const isStuck = ({ retiring }: Model): boolean =>
  retiring?.kind === "stopping" && retiring.deadlineAt === Infinity;

/** The end, once the child that retires has ended too. */
export const conclude = (
  model: Model,
  code: number,
  before: readonly Effect[] = [],
): Transition =>
  model.retiring === undefined || isStuck(model)
    ? enter(model, { kind: "done", code }, [
      ...before,
      ...log(messages.shutdownComplete()),
    ])
    : enter(model, { kind: "lingering", code }, before);

/** There is no child: end at once. */
export const endAt = (
  model: Model,
  code: number,
  ...before: readonly Message[]
): Transition =>
  conclude(model, code, [
    ...log(...before, messages.shuttingDown()),
    { kind: "timer", name: "retry", at: undefined },
    { kind: "timer", name: "await", at: undefined },
    { kind: "cancel" },
  ]);

/** Enters `preparing`: every start of a child on what the paths hold goes through here. */
export function prepare(model: Model, start: Start, at: number): Transition {
  const { run, reason, failures, held } = start;
  const state = { kind: "preparing", run, reason, failures, held } as const;
  const runs = Math.max(model.runs, run);
  return enter({ ...model, runs }, { ...state, since: at }, [
    { kind: "look", depth: "content", cause: "timer" },
  ]);
}

/** Enters `spawning`: every start of a child that has the place to itself goes through here. */
export function launch(
  model: Model,
  { run, reason, failures, held, baseline, rejected }: Launch,
  policy: Policy,
): Transition {
  const start = { run, reason, failures, held, baseline, rejected };
  return enter(
    { ...model, runs: Math.max(model.runs, run) },
    { kind: "spawning", ...start, stop: undefined },
    [
      ...log(messages.childStarting(policy.command, policy.args)),
      spawn(model, { run, reason, baseline }, policy),
    ],
  );
}

/** The effect that starts an incarnation, with what it is told of its origin. */
export function spawn(
  model: Model,
  { run, reason, baseline }: Pick<Launch, "run" | "reason" | "baseline">,
  policy: Policy,
): Effect {
  const occasion = {
    reason,
    reloads: model.reloads + (reason === "config" ? 1 : 0),
    baseline,
    previous: model.latest,
    saved: policy.snapshots,
  };
  return { kind: "spawn", run, occasion };
}

/** A bug showed while the child was being stopped for one: no third attempt. */
export const giveUp = (model: Model, line: Message): Transition =>
  enter(model, { kind: "done", code: EXIT_BUG }, log(line));
