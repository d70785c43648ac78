/** The shape of every step of the core, and the moves that many states share. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { Event, EventOf } from "../vocabulary/event.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Goal, State } from "../vocabulary/state.ts";

/** What a step starts from: what the manager knows, its policy, and when the event happened. */
export interface Now {
  readonly model: Model;
  readonly policy: Policy;
  readonly at: number;
}

/** How a child is ended. */
export interface End {
  /** What follows when the child and its group are gone. */
  readonly goal: Goal;
  /** What the child's group is sent. */
  readonly signal: Signal;
  /** What is logged first. */
  readonly say: readonly Message[];
}

/** The next model, and what to do about it, in order. */
export interface Transition {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** The start of the step for this event. */
export const nowOf = (model: Model, event: Event, policy: Policy): Now => ({
  model,
  policy,
  at: event.at,
});

/** The same moment, with some of what the manager knows changed. */
export const knowing = (now: Now, changes: Partial<Model>): Now => ({
  ...now,
  model: { ...now.model, ...changes },
});

/** Nothing happens. */
export const stay = ({ model }: Pick<Now, "model">): Transition => ({
  model,
  effects: [],
});

/** Nothing changes but what these effects do. */
export const perform = (
  { model }: Pick<Now, "model">,
  effects: readonly Effect[],
): Transition => ({ model, effects });

/** The model in another state, with effects. */
export const enter = (
  { model }: Pick<Now, "model">,
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
export const followedBy = (
  next: Transition,
  effects: readonly Effect[],
): Transition => ({
  model: next.model,
  effects: [...next.effects, ...effects],
});

/** An end with the policy's stop signal. */
export const endFor = (
  { policy }: Pick<Now, "policy">,
  goal: Goal,
  ...say: readonly Message[]
): End => ({ goal, signal: policy.stopSignal, say });

/** Asks what the paths hold. */
export const LOOK: Effect = { kind: "look", depth: "content", cause: "timer" };

/** A hint asks for a look, but not at the content of large files: hints may come at any rate. */
export const followHint = (
  now: Pick<Now, "model">,
  { cause }: EventOf<"hint">,
): Transition => perform(now, [{ kind: "look", depth: "metadata", cause }]);

/** Log effects, in order. */
export const log = (...list: readonly Message[]): Effect[] =>
  list.map((message) => ({ kind: "log", message }));

/** Disarms these timers. */
export const disarm = (
  ...names: readonly EventOf<"timer">["name"][]
): Effect[] => names.map((name) => ({ kind: "timer", name, at: undefined }));

/** Adds a signal to those that wait; a waiting signal absorbs another of its kind, as in the kernel. */
export const hold = (
  held: readonly Signal[],
  signal: Signal,
): readonly Signal[] => held.includes(signal) ? held : [...held, signal];
