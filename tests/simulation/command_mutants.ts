/** Faulty cores for what an operator's commands must hold. */
import { step } from "../../src/core/step.ts";
import type { Gate } from "../../src/core/vocabulary/model.ts";
import type { State } from "../../src/core/vocabulary/state.ts";
import { asIf, deafTo, type Mutant } from "./mutant.ts";

const OPEN: Gate = { kind: "open" };

const isRequested = (state: State): boolean =>
  state.kind === "running" && state.pending.kind !== "none" &&
  state.pending.candidate.requested;

export const COMMAND_MUTANTS: readonly Mutant[] = [
  {
    name: "holds changes back for ever",
    breaks: "hold-ends",
    decide: deafTo((_model, event) =>
      event.kind === "timer" && event.name === "hold"
    ),
  },
  {
    name: "takes changed content after a crash although it is held back",
    breaks: "hold",
    decide: (model, event, policy) => {
      if (model.state.kind !== "backingOff" || event.kind === "resume") {
        return step(model, event, policy);
      }
      const next = step({ ...model, gate: OPEN }, event, policy);
      return { ...next, model: { ...next.model, gate: model.gate } };
    },
  },
  {
    name: "starts the child that an operator has stopped when a path changes",
    breaks: "halt",
    decide: asIf(({ state }, event) =>
      state.kind === "halted" && event.kind === "hint"
        ? { kind: "startChild", at: event.at }
        : event
    ),
  },
  {
    name: "takes the end of a child that an operator stops for a crash",
    breaks: "halt",
    decide: (model, event, policy) => {
      const { state } = model;
      const ends = state.kind === "sweeping" && state.goal.kind === "halt";
      if (!ends || model.retiring !== undefined) {
        return step(model, event, policy);
      }
      const goal = {
        kind: "revive",
        reason: "crash",
        waitMs: 10,
        on: state.goal.on,
      } as const;
      return step({ ...model, state: { ...state, goal } }, event, policy);
    },
  },
  {
    name: "calls a child stopped while somebody of its group is left",
    breaks: "halt",
    decide: asIf(({ state }, event) =>
      event.kind === "groupProbed" && state.kind === "sweeping" &&
        state.goal.kind === "halt"
        ? { ...event, alive: false }
        : event
    ),
  },
  {
    name: "stops only one of two children when an operator asks for it",
    breaks: "halt",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const both = model.state.kind === "overlapping" &&
        event.kind === "stopChild";
      return both
        ? { ...next, model: { ...next.model, retiring: undefined } }
        : next;
    },
  },
  {
    name: "tries rejected content again whenever a reload is asked for",
    breaks: "rejected-is-not-retried",
    decide: asIf((_model, event) =>
      event.kind === "reload" ? { ...event, force: true } : event
    ),
  },
  {
    name: "waits for news before a reload that was asked for",
    breaks: "reload-decided",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = model;
      const isAsked = state.kind === "running" && state.request !== undefined;
      const isSame = event.kind === "observed" && next.effects.length > 0 &&
        isRequested(next.model.state);
      return isAsked && isSame ? { model, effects: [] } : next;
    },
  },
  {
    name: "stops the child for a reload without a check",
    breaks: "vetted-before-touched",
    decide: (model, event, policy) =>
      step(
        model,
        event,
        model.state.kind === "running" && model.state.request !== undefined
          ? { ...policy, vetting: undefined }
          : policy,
      ),
  },
  {
    name: "stops the child for a reload, and waits for dependencies then",
    breaks: "no-gap",
    decide: (model, event, policy) => {
      const { state } = model;
      if (isRequested(state)) {
        return step(model, event, { ...policy, waitForScope: "first" });
      }
      if (state.kind !== "sweeping" || state.goal.kind !== "restart") {
        return step(model, event, policy);
      }
      const goal = { ...state.goal, reason: "rollback" } as const;
      return step({ ...model, state: { ...state, goal } }, event, policy);
    },
  },
];
