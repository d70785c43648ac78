/** Faulty cores for what `--fleet` must hold. */
import { showMember } from "../../src/core/fleet/member.ts";
import { step } from "../../src/core/step.ts";
import type { Effect } from "../../src/core/vocabulary/effect.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import type { FleetRules } from "../../src/core/vocabulary/settings.ts";
import { asIf, type Mutant } from "./mutant.ts";

/** With other rules than were asked for. */
const ruled =
  (rules: Partial<FleetRules>): typeof step => (model, event, policy) =>
    step(model, event, {
      ...policy,
      fleet: policy.fleet && { ...policy.fleet, ...rules },
    });

/** Without some effects. */
const without = (
  isLeftOut: (effect: Effect, model: Model) => boolean,
): typeof step =>
(model, event, policy) => {
  const next = step(model, event, policy);
  const effects = next.effects.filter((effect) => !isLeftOut(effect, model));
  return { ...next, effects };
};

export const SLOT_MUTANTS: readonly Mutant[] = [
  {
    name: "reloads without a slot of the fleet",
    breaks: "slot",
    decide: (model, event, policy) =>
      showMember(
        model,
        event,
        step(model, event, { ...policy, fleet: undefined }),
        policy,
      ),
  },
  {
    name: "takes the wait for others for a slot",
    breaks: "slot",
    decide: asIf((_model, event) =>
      event.kind === "slotAwaited"
        ? { ...event, kind: "slotTaken", isTrial: false }
        : event
    ),
  },
  {
    name: "passes over a fleet that others can still ask",
    breaks: "slot",
    decide: ruled({ whenUnreachable: "proceed", unreachableTimeoutMs: 0 }),
  },
  {
    name: "calls content proven before its time",
    breaks: "slot",
    decide: ruled({ soakMs: 0 }),
  },
  {
    name: "tells the fleet of content that fails although there is no canary",
    breaks: "slot",
    decide: ruled({ canary: true }),
  },
  {
    name: "takes the end of a canary in its soak for a crash like any other",
    breaks: "rollback",
    decide: (model, event, policy) => {
      const { state } = model;
      const isSoaking = event.kind === "exited" && state.kind === "running" &&
        state.readiness.kind === "awaited" && state.readiness.proof === "soak";
      return isSoaking
        ? step(
          { ...model, state: { ...state, readiness: { kind: "ready" } } },
          event,
          policy,
        )
        : step(model, event, policy);
    },
  },
  {
    name: "keeps its slot",
    breaks: "slot",
    decide: without((effect, { slot }) =>
      effect.kind === "releaseSlot" && effect.ticket === slot?.ticket
    ),
  },
  {
    name: "does not show the others that its child has ended",
    breaks: "member",
    decide: without((effect) =>
      effect.kind === "showMember" && effect.member.runs === undefined
    ),
  },
  {
    name: "does not give up the wish for a slot",
    breaks: "slot",
    decide: without((effect, { slot }) =>
      effect.kind === "releaseSlot" && effect.ticket !== slot?.ticket
    ),
  },
  {
    name: "waits for ever for the end of the time on trial",
    breaks: "slot-given-back",
    decide: ruled({ soakMs: Infinity }),
  },
];
