/** Faulty cores for what must hold of children that hang. */
import { step } from "../../src/core/step.ts";
import { asIf, deafTo, type Mutant } from "./mutant.ts";

export const LIVENESS_MUTANTS: readonly Mutant[] = [
  {
    name: "does not hear that a child has not answered",
    breaks: "hung-is-ended",
    decide: deafTo((_model, event) =>
      event.kind === "lived" && event.why !== undefined
    ),
  },
  {
    name: "asks no more after a question that failed",
    breaks: "hung-is-ended",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      if (event.kind !== "lived" || event.why === undefined) return next;
      const effects = next.effects.map((effect) =>
        effect.kind === "timer" && effect.name === "live"
          ? { ...effect, at: undefined }
          : effect
      );
      return { ...next, effects };
    },
  },
  {
    name: "does not ask the child that stays after an overlap",
    breaks: "hung-is-ended",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      if (model.state.kind !== "overlapping") return next;
      const effects = next.effects.filter((effect) =>
        effect.kind !== "timer" || effect.name !== "live"
      );
      return { ...next, effects };
    },
  },
  {
    name: "gives a child up before it has failed as often as was asked for",
    breaks: "no-live-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      const { live } = policy;
      return step(model, event, {
        ...policy,
        live: live && { ...live, threshold: 1 },
      });
    },
  },
  {
    name: "counts failures that were not in a row",
    breaks: "no-live-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state: was } = model;
      const { state: is } = next.model;
      if (was.kind !== "running" || is.kind !== "running") return next;
      if (was.run !== is.run || event.kind !== "lived") return next;
      if (was.liveness === undefined || is.liveness === undefined) return next;
      const failures = Math.max(was.liveness.failures, is.liveness.failures);
      const state = { ...is, liveness: { ...is.liveness, failures } };
      return { ...next, model: { ...next.model, state } };
    },
  },
  {
    name: "counts what was not answered while it did not run",
    breaks: "no-live-verdict-on-unseen-evidence",
    decide: deafTo(({ state }, event) =>
      event.kind === "stalled" && state.kind === "running"
    ),
  },
  {
    name: "kills a child that has no time for answers during a reload",
    breaks: "no-live-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      const { state } = model;
      const isTold = event.kind === "lived" && state.kind === "running" &&
        state.pending.kind === "acting";
      if (!isTold) return step(model, event, policy);
      const free = { ...state, pending: { kind: "none" } as const };
      const next = step({ ...model, state: free }, event, policy);
      const { state: after } = next.model;
      if (after.kind !== "running") return next;
      const back = { ...after, pending: state.pending };
      return { ...next, model: { ...next.model, state: back } };
    },
  },
  {
    name: "restarts a child that hangs without a limit",
    breaks: "restarts-bounded",
    decide: (model, event, policy) =>
      step(
        model,
        event,
        event.kind === "lived"
          ? { ...policy, crash: { ...policy.crash, max: undefined } }
          : policy,
      ),
  },
  {
    name: "ends with the code of the child that it has given up",
    breaks: "exit-code",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (state.kind !== "done" || state.code !== 124) return next;
      const done = { ...state, code: 0 };
      return { ...next, model: { ...next.model, state: done } };
    },
  },
  {
    name: "does not restart a child that it has given up",
    breaks: "newest-content",
    decide: asIf(({ state }, event) =>
      state.kind === "backingOff" && state.reason === "liveness" &&
        event.kind === "timer" && event.name === "retry"
        ? { kind: "timer", name: "held", at: event.at }
        : event
    ),
  },
];
