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
    name: "begins a --before-start after it was asked to stop",
    breaks: "nothing-after-stop",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const isStopped = model.state.kind === "beforeStart" &&
        model.state.stop === undefined && event.kind === "signal" &&
        next.model.state.kind === "beforeStart" &&
        next.model.state.stop !== undefined;
      if (!isStopped || next.model.state.kind !== "beforeStart") return next;
      const { ticket, run, reason, baseline } = next.model.state;
      const occasion = {
        reason,
        baseline,
        reloads: 0,
        previous: undefined,
        saved: false,
        beside: false,
      };
      return {
        ...next,
        effects: [
          ...next.effects,
          { kind: "beforeStart", ticket: ticket + 1, run, occasion },
        ],
      };
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
