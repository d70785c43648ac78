/** Faulty cores for what hooks must hold. */
import { step } from "../../src/core/step.ts";
import { asIf, type Mutant } from "./mutant.ts";

export const HOOK_MUTANTS: readonly Mutant[] = [
  {
    name: "starts a child although its --before-start has failed",
    breaks: "hooks",
    decide: asIf(({ state }, event) =>
      event.kind === "hookEnded" && event.outcome.kind === "failed" &&
        state.kind === "beforeStart" && state.stop === undefined
        ? { ...event, outcome: { kind: "done" } }
        : event
    ),
  },
  {
    name: "starts the next child of an overlap without its --before-start",
    breaks: "hooks",
    decide: asIf(({ state }, event) =>
      event.kind === "hookEnded" && event.outcome.kind === "failed" &&
        state.kind === "running"
        ? { ...event, outcome: { kind: "done" } }
        : event
    ),
  },
  {
    name: "forgets --after-exit",
    breaks: "hooks",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, afterExit: undefined }),
  },
  {
    name:
      "starts a child although it was asked to stop during its --before-start",
    breaks: "nothing-after-stop",
    decide: (model, event, policy) => {
      const { state } = model;
      const isStopped = state.kind === "beforeStart" &&
        state.stop !== undefined && event.kind === "hookEnded";
      if (!isStopped) return step(model, event, policy);
      const going = { ...model, state: { ...state, stop: undefined } };
      const done = { ...event, outcome: { kind: "done" } as const };
      return step(going, done, policy);
    },
  },
  {
    name: "lets --after-exit keep a stop",
    breaks: "prompt-end",
    decide: (model, event, policy) => {
      const { effects, ...next } = step(model, event, policy);
      return {
        ...next,
        effects: effects.filter(({ kind }) => kind !== "endHook"),
      };
    },
  },
  {
    name: "lets --before-start keep a stop",
    breaks: "prompt-end",
    decide: (model, event, policy) => {
      const { effects, ...next } = step(model, event, policy);
      const isHook = model.state.kind === "beforeStart";
      return {
        ...next,
        effects: effects.filter(({ kind }) => !isHook || kind !== "cancel"),
      };
    },
  },
];
