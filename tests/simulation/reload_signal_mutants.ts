/** Faulty cores for what a signal that asks for a reload must hold. */
import { step } from "../../src/core/step.ts";
import type { Mutant } from "./mutant.ts";

export const RELOAD_SIGNAL_MUTANTS: readonly Mutant[] = [
  {
    name: "passes the signal that asks for a reload on to the child",
    breaks: "reload-signal",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, reloadSignal: undefined }),
  },
  {
    name: "forgets a signal that asks for a reload during another one",
    breaks: "reload-signal",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      return {
        ...next,
        model: { ...next.model, waitingReload: undefined },
      };
    },
  },
  {
    name: "asks for a reload twice where a signal has waited",
    breaks: "reload-signal",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const effects = next.effects.flatMap((effect) =>
        effect.kind === "requestReload" && model.waitingReload !== undefined
          ? [effect, effect]
          : [effect]
      );
      return { ...next, effects };
    },
  },
  {
    name: "restarts the child for a signal although changes are held back",
    breaks: "restarts-bounded",
    decide: (model, event, policy) =>
      event.kind === "reload" && event.signal !== undefined
        ? step({ ...model, gate: { kind: "open" } }, event, policy)
        : step(model, event, policy),
  },
];
