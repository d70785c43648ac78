/**
 * Faulty cores, one for each invariant: the simulation is worth something only
 * if it notices every one of them.
 */
import { isKilled } from "../../src/core/termination/killing.ts";
import { step } from "../../src/core/step.ts";
import type { Tuning } from "../../src/core/vocabulary/policy.ts";
import { isProvisional } from "../../src/core/vocabulary/fingerprint.ts";
import { asIf, deafTo, type Mutant } from "./mutant.ts";
import { COMMAND_MUTANTS } from "./command_mutants.ts";
import { LIVENESS_MUTANTS } from "./liveness_mutants.ts";
import { HOOK_MUTANTS } from "./hook_mutants.ts";
import { RELOAD_MUTANTS } from "./reload_mutants.ts";
import { SLOT_MUTANTS } from "./slot_mutants.ts";
import { RELOAD_SIGNAL_MUTANTS } from "./reload_signal_mutants.ts";

/** The quiet window that each manager began with, by its seed. */
const FIRST = new Map<number, Tuning>();

export const MUTANTS: readonly Mutant[] = [
  {
    name: "keeps the quiet window that it began with",
    breaks: "at-rest",
    decide: (model, event, policy) => {
      if (event.kind === "begin") FIRST.set(policy.seed, policy);
      const { debounceMs = 0, debounceMaxMs = 0 } = FIRST.get(policy.seed) ??
        {};
      return step(model, event, { ...policy, debounceMs, debounceMaxMs });
    },
  },
  {
    name: "takes SIGKILL for the end of a child that is to be replaced",
    breaks: "one-child",
    decide: asIf((model, event, { killMode }) => {
      const { state } = model;
      if (!("goal" in state) || state.goal.kind !== "restart") return event;
      if (event.kind === "groupProbed" && state.kind === "sweeping") {
        return isKilled(state) && killMode !== "main"
          ? { ...event, alive: false }
          : event;
      }
      if (state.kind !== "stopping" || !isKilled(state)) return event;
      const status = { kind: "signal", number: 9 } as const;
      return { kind: "exited", run: state.run, status, at: event.at };
    }),
  },
  {
    name: "does not look for the rest of the group before a restart",
    breaks: "group-before-respawn",
    decide: asIf((_model, event) =>
      event.kind === "groupProbed" ? { ...event, alive: false } : event
    ),
  },
  {
    name: "has no poller",
    breaks: "newest-content",
    decide: deafTo((_model, event) =>
      event.kind === "hint" && event.cause === "poll"
    ),
  },
  {
    name: "trusts a baseline that it did not verify",
    breaks: "newest-content",
    from: 10_300,
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (state.kind !== "running" || state.change.kind !== "unverified") {
        return next;
      }
      const settled = { ...state, change: { kind: "settled" } as const };
      return { ...next, model: { ...next.model, state: settled } };
    },
  },
  {
    name: "starts a child at once on content that has just moved",
    breaks: "at-rest",
    decide: (model, event, policy) =>
      step(
        model.state.kind === "preparing"
          ? { ...model, stable: undefined, lastBaseline: undefined }
          : model,
        event,
        policy,
      ),
  },
  {
    name: "restarts although nothing changed",
    breaks: "restarts-bounded",
    decide: asIf((model, event) => {
      if (event.kind !== "observed" || model.state.kind !== "running") {
        return event;
      }
      const { observation } = event;
      const fingerprint = observation.fingerprint.map((print) =>
        print.kind === "fault" ? print : { ...print, identity: "other" }
      );
      return { ...event, observation: { ...observation, fingerprint } };
    }),
  },
  {
    name: "waits for ever for a child that ignores the stop signal",
    breaks: "prompt-end",
    decide: deafTo(({ state }, event) =>
      event.kind === "timer" && event.name === "stop" &&
      state.kind === "stopping" && state.goal.kind === "shutdown"
    ),
  },
  {
    name: "gives a child that is stopped the time in which it did not run",
    breaks: "prompt-end",
    decide: deafTo((_model, event) => event.kind === "stalled"),
  },
  {
    name: "restarts a child that ended by itself whatever the policy says",
    breaks: "restarts-bounded",
    decide: (model, event, policy) => {
      const crash = { ...policy.crash, restart: "always" } as const;
      return step(model, event, { ...policy, crash });
    },
  },
  {
    name: "restarts a child that ended by itself without a limit",
    breaks: "restarts-bounded",
    decide: (model, event, policy) => {
      const crash = { ...policy.crash, max: undefined };
      return step(model, event, { ...policy, crash });
    },
  },
  {
    name: "keeps waiting although the configuration changed during the pause",
    breaks: "newest-content",
    decide: deafTo((model, event) =>
      model.state.kind === "backingOff" && event.kind === "timer"
    ),
  },
  {
    name: "forgets SIGTERM while it stops a child for a restart",
    breaks: "nothing-after-stop",
    decide: deafTo((model, event) =>
      event.kind === "signal" && event.signal === "SIGTERM" &&
      model.state.kind === "stopping"
    ),
  },
  {
    name: "starts the next child although it was asked to stop",
    breaks: "nothing-after-stop",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const { state } = next.model;
      if (state.kind !== "sweeping" || state.goal.kind !== "shutdown") {
        return next;
      }
      const goal = {
        kind: "restart",
        reason: "config",
        on: undefined,
      } as const;
      const restart = { ...state, goal };
      return { ...next, model: { ...next.model, state: restart } };
    },
  },
  {
    name: "ends with 0 whatever the child ended with",
    breaks: "exit-code",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      if (next.model.state.kind !== "done") return next;
      const state = { kind: "done", code: 0 } as const;
      return { ...next, model: { ...next.model, state } };
    },
  },
  {
    name: "leaves the rest of the group behind when the child ends by itself",
    breaks: "released",
    decide: asIf((model, event) => {
      const { state } = model;
      const following = state.kind === "sweeping" &&
        state.goal.kind === "follow";
      return event.kind === "groupProbed" && following
        ? { ...event, alive: false }
        : event;
    }),
  },
  {
    name: "sends the stop signal to the whole group whatever --kill-mode says",
    breaks: "kill-mode",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, killMode: "group" }),
  },
  {
    name: "leaves the rest of the group alone whatever --kill-mode says",
    breaks: "kill-mode",
    decide: (model, event, policy) =>
      step(model, event, { ...policy, killMode: "main" }),
  },
  {
    name: "waits for the rest of the group that --kill-mode main leaves alone",
    breaks: "kill-mode",
    decide: (model, event, policy) => {
      const { killMode } = policy;
      const mixed = killMode === "main" ? "mixed" : killMode;
      return step(model, event, { ...policy, killMode: mixed });
    },
  },
  {
    name: "does not let a suspended child go on after the stop signal",
    breaks: "stop-heard",
    decide: (model, event, policy) => {
      const next = step(model, event, policy);
      const effects = next.effects.filter((effect) =>
        effect.kind !== "signal" || effect.signal !== "SIGCONT"
      );
      return { ...next, effects };
    },
  },
  {
    name: "loses a signal that arrives between two children",
    breaks: "signals-kept",
    decide: deafTo((model, event) =>
      event.kind === "signal" && model.state.kind === "preparing" &&
      event.signal !== "SIGTERM" && event.signal !== "SIGINT"
    ),
  },
  {
    name: "stays in a state that has no way out",
    breaks: "newest-content",
    decide: deafTo((model, event) =>
      event.kind === "timer" && model.state.kind === "retrying"
    ),
  },
  {
    name: "waits for a first look for ever",
    breaks: "patience",
    decide: deafTo(({ state }, event) =>
      state.kind === "preparing" && event.kind === "observed" &&
      event.observation.unread.length > 0
    ),
  },
  {
    name: "lets every change wait for a path that is being read",
    breaks: "patience",
    decide: deafTo(({ state }, event) =>
      state.kind === "running" && event.kind === "observed" &&
      event.observation.unread.length > 0
    ),
  },
  {
    name: "takes what was read after a start for what was there before",
    breaks: "newest-content",
    decide: asIf(({ state }, event) => {
      if (event.kind !== "observed" || state.kind !== "running") return event;
      const { observation } = event;
      const fingerprint = observation.fingerprint.map((print, at) => {
        const had = state.baseline[at];
        return print.kind !== "fault" && had.kind !== "fault" &&
            isProvisional(had.identity)
          ? { ...print, metadata: had.metadata }
          : print;
      });
      return { ...event, observation: { ...observation, fingerprint } };
    }),
  },
  ...RELOAD_MUTANTS,
  ...RELOAD_SIGNAL_MUTANTS,
  ...COMMAND_MUTANTS,
  ...LIVENESS_MUTANTS,
  ...HOOK_MUTANTS,
  ...SLOT_MUTANTS,
];
