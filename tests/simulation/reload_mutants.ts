/** Faulty cores for what safe reloads must hold. */
import type { Effect } from "../../src/core/vocabulary/effect.ts";
import type { Event } from "../../src/core/vocabulary/event.ts";
import { step } from "../../src/core/step.ts";
import type { Model } from "../../src/core/vocabulary/model.ts";
import type { Pending } from "../../src/core/vocabulary/state.ts";
import type { Transition } from "../../src/core/transition/moves.ts";
import { concernsRetiring } from "../../src/core/overlap/retirement.ts";
import { NO_FEEDBACK } from "../../src/core/change/feedback.ts";
import { asIf, type Mutant } from "./mutant.ts";

/** The same transition with other effects. */
const performing = (
  { model, effects }: Transition,
  change: (effect: Effect) => readonly Effect[],
): Transition => ({ model, effects: effects.flatMap(change) });

/** The same transition with another pending batch of several actions, where there is one that begins. */
function withPending(
  { model, effects }: Transition,
  change: (pending: Acting) => Acting,
): Transition {
  const { state } = model;
  if (state.kind !== "running" || state.pending.kind !== "acting") {
    return { model, effects };
  }
  const { pending } = state;
  if (pending.done > 0 || pending.actions.length === 1) {
    return { model, effects };
  }
  const next = { ...state, pending: change(pending) };
  return { model: { ...model, state: next }, effects };
}

type Acting = Extract<Pending, { kind: "acting" }>;

/** Some child on its way out. */
const RETIRING: NonNullable<Model["retiring"]> = {
  kind: "stopping",
  run: 0,
  pid: 1,
  goal: { kind: "retire", reason: "reload" },
  signal: "SIGTERM",
  phase: { kind: "stuck" },
  held: [],
};

const isRejected = (event: Event) =>
  event.kind === "vetted" && event.verdict.kind === "rejected";

export const RELOAD_MUTANTS: readonly Mutant[] = [
  {
    name: "does not withdraw a start that waits when it is asked to stop",
    breaks: "nothing-after-stop",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = model;
      const isStarting = state.kind === "spawning" ||
        state.kind === "overlapping" && state.next.kind === "spawning";
      return isStarting
        ? performing(next, (effect) => effect.kind === "cancel" ? [] : [effect])
        : next;
    },
  },
  {
    name: "applies content that the check has refused",
    breaks: "vetted-before-touched",
    decide: asIf(({ state }, event) =>
      event.kind === "vetted" && isRejected(event) && state.kind === "running"
        ? { ...event, verdict: { kind: "approved" } }
        : event
    ),
  },
  {
    name: "asks the check again for content that it has refused",
    breaks: "rejected-is-not-retried",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (state.kind !== "running" || state.pending.kind !== "rejected") {
        return next;
      }
      const fresh = { ...state, pending: { kind: "none" } as const };
      return { ...next, model: { ...next.model, state: fresh } };
    },
  },
  {
    name: "tries failed content again although the check has refused it",
    breaks: "rejected-is-not-retried",
    decide: asIf((_model, event) =>
      event.kind === "vetted" && event.verdict.kind === "rejected"
        ? {
          ...event,
          verdict: { ...event.verdict, ground: "circumstances" },
        }
        : event
    ),
  },
  {
    name: "tries failed content again before its time",
    breaks: "rejected-is-not-retried",
    decide: (model, event, policy) =>
      step(model, event, {
        ...policy,
        retryRejected: policy.retryRejected &&
          { firstMs: 500, maxMs: 500 },
      }),
  },
  {
    name: "never tries failed content again",
    breaks: "failed-is-retried",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, retryRejected: undefined }),
  },
  {
    name: "leaves it to the crash policy when a child fails on new content",
    breaks: "rollback",
    decide: (model, event, policy) =>
      step({ ...model, good: undefined }, event, policy),
  },
  {
    name: "goes back to the content that has just failed",
    breaks: "rollback",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (state.kind !== "sweeping" || state.goal.kind !== "restart") {
        return next;
      }
      if (state.goal.reason !== "rollback") return next;
      const goal = { ...state.goal, on: undefined };
      return {
        ...next,
        model: {
          ...next.model,
          approved: undefined,
          state: { ...state, goal },
        },
      };
    },
  },
  {
    name: "keeps no saved content but that of the moment",
    breaks: "saved-content",
    decide: (model, event, policy) =>
      performing(
        step(model, event, policy),
        (effect) =>
          effect.kind === "keep"
            ? [{ ...effect, contents: effect.contents.slice(0, 1) }]
            : [effect],
      ),
  },
  {
    name:
      "leaves the name that others know where it was when a child takes over",
    breaks: "saved-content",
    decide: (model, event, policy) =>
      performing(
        step(model, event, policy),
        (effect) => effect.kind === "activate" ? [] : [effect],
      ),
  },
  {
    name: "judges a child without a last look for its sign",
    breaks: "no-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const asked = next.effects.find(({ kind }) => kind === "askSign");
      if (asked?.kind !== "askSign") return next;
      const { run } = asked;
      const late = { kind: "notReady", run, at: event.at } as const;
      const judged = step(next.model, late, policy);
      return {
        model: judged.model,
        effects: [
          ...next.effects.filter((effect) => effect !== asked),
          ...judged.effects,
        ],
      };
    },
  },
  {
    name: "gives up a wait for dependencies without a last look at them",
    breaks: "no-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const asked = next.effects.find(({ kind }) => kind === "askDependencies");
      if (asked?.kind !== "askDependencies") return next;
      const { ticket } = asked;
      const missing = ["simulated"];
      const late = {
        kind: "unavailable",
        ticket,
        missing,
        at: event.at,
      } as const;
      const judged = step(next.model, late, policy);
      return {
        model: judged.model,
        effects: [
          ...next.effects.filter((effect) => effect !== asked),
          ...judged.effects,
        ],
      };
    },
  },
  {
    name: "counts the time in which it did not run",
    breaks: "no-verdict-on-unseen-evidence",
    decide: (model, event, policy) => {
      if (event.kind !== "stalled") return step(model, event, policy);
      const late = { kind: "timer", name: "ready", at: event.at } as const;
      const next = step(model, event, policy);
      const judged = step(next.model, late, policy);
      return { ...judged, effects: [...next.effects, ...judged.effects] };
    },
  },
  {
    name: "begins the first action of a batch alone",
    breaks: "batch",
    decide: (model, event, policy) =>
      withPending(step(model, event, policy), (pending) => ({
        ...pending,
        actions: [pending.actions[0]],
      })),
  },
  {
    name: "begins an action of a batch again in place of the next one",
    breaks: "batch",
    decide: (model, event, policy) =>
      withPending(step(model, event, policy), (pending) => {
        const [first, ...others] = pending.actions;
        return { ...pending, actions: [first, first, ...others] };
      }),
  },
  {
    name: "goes on with a batch after an action that failed",
    breaks: "batch",
    decide: asIf(({ state }, event) => {
      if (event.kind !== "acted" || state.kind !== "running") return event;
      const { pending } = state;
      const isLast = pending.kind !== "acting" ||
        pending.done === pending.actions.length - 1;
      return isLast || event.outcome.kind !== "failed"
        ? event
        : { ...event, outcome: { kind: "done" } };
    }),
  },
  {
    name:
      "trusts the action before a signal, and not what the child does of it",
    breaks: "rollback",
    from: 17_300,
    decide: (model, event, policy) => {
      const { state: was } = model;
      const next = step(model, event, policy);
      const { state: is } = next.model;
      if (was.kind !== "running" || was.pending.kind !== "acting") return next;
      if (is.kind !== "running" || is.readiness.kind !== "awaited") return next;
      if (was.pending.actions.length === 1) return next;
      const readiness = { ...is.readiness, trial: false };
      return {
        ...next,
        model: { ...next.model, state: { ...is, readiness } },
      };
    },
  },
  {
    name: "takes it that a failed action has left the child as it was",
    breaks: "doubt-is-settled",
    from: 3_900,
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (event.kind !== "acted" || state.kind !== "running") return next;
      const { pending } = state;
      if (pending.kind !== "rejected") return next;
      const candidate = { ...pending.candidate, revertible: true };
      const sure = {
        ...state,
        doubtful: [],
        pending: { ...pending, candidate },
      };
      return { ...next, model: { ...next.model, state: sure } };
    },
  },
  {
    name: "tells a child of whatever it writes, as fast as it writes",
    breaks: "reloads-bounded",
    from: 7_900,
    decide: (model, event, policy) =>
      step({ ...model, feedback: NO_FEEDBACK }, event, policy),
  },
  {
    name: "looks again as long as the content moves before a start",
    breaks: "start-bounded",
    decide: (model, event, policy) => {
      const { state } = model;
      const moved = event.kind === "vetted" && event.verdict.kind === "moved";
      return moved && state.kind === "proving"
        ? step(
          { ...model, state: { ...state, since: event.at } },
          event,
          policy,
        )
        : step(model, event, policy);
    },
  },
  {
    name:
      "shows the content of a request to another child than the one that runs",
    breaks: "own-content",
    decide: (model, event, policy) =>
      performing(
        step(model, event, policy),
        (effect) =>
          effect.kind === "act" && effect.action.kind !== "signal"
            ? [{ ...effect, run: effect.run + 1 }]
            : [effect],
      ),
  },
  {
    name: "makes no room before it saves a content",
    breaks: "saved-content",
    from: 6_600,
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const vets = next.effects.some(({ kind }) => kind === "vet");
      return performing(
        next,
        (effect) => vets && effect.kind === "keep" ? [] : [effect],
      );
    },
  },
  {
    name: "does not wait between two reloads",
    breaks: "turn",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, minIntervalMs: 0 }),
  },
  {
    name: "reloads although changes are held back",
    breaks: "hold",
    decide: (model, event, policy) =>
      event.kind === "hold"
        ? { model, effects: [] }
        : step(model, event, policy),
  },
  {
    name: "starts a third child while the second one is still going",
    breaks: "one-child",
    decide: (model, event, policy) => {
      if (model.retiring === undefined || model.state.kind !== "running") {
        return step(model, event, policy);
      }
      // What concerns the child that retires is as it should be.
      if (concernsRetiring(model, event) || event.kind === "signal") {
        return step(model, event, policy);
      }
      const blind = step({ ...model, retiring: undefined }, event, policy);
      return {
        ...blind,
        model: { ...blind.model, ...keepRetiring(model, blind.model) },
      };
    },
  },
  {
    name: "does not know that a child retires when the next one is due",
    breaks: "promises",
    decide: (model, event, policy) =>
      model.state.kind === "preparing"
        ? step({ ...model, retiring: RETIRING }, event, policy)
        : step(model, event, policy),
  },
  {
    name: "starts a child beside the rest of an earlier one",
    breaks: "group-before-respawn",
    from: 109_000,
    decide: (model, event, policy) => {
      const { state } = model;
      const gone = state.kind === "sweeping" && state.goal.kind === "restart" &&
        event.kind === "groupProbed" && event.run === state.run;
      if (!gone) return step(model, event, policy);
      const blind = step({ ...model, retiring: undefined }, event, policy);
      return {
        ...blind,
        model: { ...blind.model, ...keepRetiring(model, blind.model) },
      };
    },
  },
  {
    name: "forgets the child beside the one that it stops",
    breaks: "released",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const both = model.state.kind === "overlapping" &&
        event.kind === "signal" && next.model.retiring !== undefined;
      return both
        ? { ...next, model: { ...next.model, retiring: undefined } }
        : next;
    },
  },
  {
    name: "forwards a signal to one of two children only",
    breaks: "signals-kept",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = model;
      if (event.kind !== "signal" || state.kind !== "overlapping") return next;
      return performing(
        next,
        (effect) =>
          effect.kind === "signal" && effect.run === state.old.run &&
            effect.signal === event.signal
            ? []
            : [effect],
      );
    },
  },
  {
    name: "waits for dependencies before the first child only",
    breaks: "dependencies",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, waitForScope: "first" }),
  },
  {
    name: "stops the old child for new content without a look at dependencies",
    breaks: "dependencies",
    decide: (model, event, policy) =>
      step(
        model,
        event,
        model.state.kind === "running"
          ? { ...policy, waitForScope: "first" }
          : policy,
      ),
  },
  {
    name:
      "lets a signal overtake those that wait for the old child of an overlap",
    breaks: "signals-kept",
    decide: (model, event, policy) => {
      const { state } = model;
      if (event.kind !== "signal" || state.kind !== "overlapping") {
        return step(model, event, policy);
      }
      const hasty = { ...state, old: { ...state.old, held: [] } };
      const next = step({ ...model, state: hasty }, event, policy);
      const { state: after } = next.model;
      if (after.kind !== "overlapping") return next;
      const old = { ...after.old, held: state.old.held };
      return { ...next, model: { ...next.model, state: { ...after, old } } };
    },
  },
  {
    name: "ends with 0 although the content was refused or a dependency missed",
    breaks: "exit-code",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      const childless = model.state.kind === "proving" ||
        model.state.kind === "awaiting";
      if (!childless || state.kind !== "done") return next;
      return {
        ...next,
        model: { ...next.model, state: { ...state, code: 0 } },
      };
    },
  },
  {
    name: "starts a child when the dependencies come although it was stopped",
    breaks: "nothing-after-stop",
    decide: (model, event, policy) =>
      model.state.kind === "awaiting" && event.kind === "signal"
        ? { model, effects: [] }
        : step(model, event, policy),
  },
];

function keepRetiring(before: Model, now: Model): Partial<Model> {
  return now.retiring === undefined ? { retiring: before.retiring } : {};
}
