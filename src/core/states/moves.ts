/** The shape of every step of the core, and the few moves that states share. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import * as messages from "../text/manager.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type {
  Launch,
  Model,
  Preparing,
  Start,
  State,
} from "../vocabulary/state.ts";

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

/** Asks what the paths hold. */
export const LOOK: Effect = { kind: "look", depth: "content", cause: "timer" };

/** A hint asks for a look, and for no more than one at metadata: hints may come at any rate. */
export const followHint = (
  model: Model,
  { cause }: Extract<Event, { kind: "hint" }>,
): Transition => ({
  model,
  effects: [{ kind: "look", depth: "metadata", cause }],
});

/** Log effects, in order. */
export const log = (...list: readonly Message[]): Effect[] =>
  list.map((message) => ({ kind: "log", message }));

/** Adds a signal to those that wait; a pending one absorbs its like, as in the kernel. */
export const hold = (
  held: readonly Signal[],
  signal: Signal,
): readonly Signal[] => held.includes(signal) ? held : [...held, signal];

/** Enters `preparing`: every start of a child on what the paths hold goes through here. */
export function prepare(
  model: Model,
  start: Start,
  at: number,
  vettedFrom?: number,
): Transition {
  const { run, reason, failures, held } = start;
  const state: Preparing = {
    kind: "preparing",
    run,
    reason,
    failures,
    held,
    since: at,
    change: { kind: "settled" },
    vettedFrom,
  };
  return enter({ ...model, runs: Math.max(model.runs, run) }, state, [
    LOOK,
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
