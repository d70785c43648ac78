/**
 * We did not run for a while. The clock of the events stood still, so every
 * limit is over later by as much, and nothing is to be done about most of them.
 * But whoever has asked the manager to stop has a clock of his own. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf, TimerName } from "../vocabulary/event.ts";
import type { State, Stopping, Sweeping } from "../vocabulary/state.ts";
import { keepsManager } from "../rules/goal.ts";
import * as messages from "../text/manager.ts";
import { STALL_LOGGED_MS, THAW_GRACE_MS } from "../vocabulary/policy.ts";
import { knowing, log, type Now, perform, type Transition } from "./moves.ts";

export function onStalled(
  now: Now,
  { forMs }: EventOf<"stalled">,
): Transition {
  const { state, retiring } = now.model;
  const lines = forMs < STALL_LOGGED_MS ? [] : log(messages.stalled(forMs));
  if (!isEnding(state)) return perform(now, lines);
  const own = hasten(state, "stop", forMs, now.at);
  const beside = hasten(retiring, "retireStop", forMs, now.at);
  const { stopBy } = now.model;
  const known = {
    state: own.end,
    retiring: beside.end,
    stopBy: stopBy && sooner(stopBy, forMs, now.at),
  };
  return perform(knowing(now, known), [
    ...lines,
    ...own.effects,
    ...beside.effects,
  ]);
}

/** Whether the manager ends when its children have. */
const isEnding = (state: State): boolean =>
  state.kind === "lingering" ||
  ((state.kind === "stopping" || state.kind === "sweeping" ||
    state.kind === "afterExit") && !keepsManager(state.goal));

/**
 * The child's time has gone on. What was left of it then is left to it, up to
 * THAW_GRACE_MS: the child may have been frozen with us, and what it has done
 * meanwhile has to be taken in.
 */
function hasten<Some extends State | undefined>(
  end: Some,
  name: TimerName,
  forMs: number,
  at: number,
): { readonly end: Some; readonly effects: readonly Effect[] } {
  if (end?.kind === "afterExit") {
    const by = sooner(end.by, forMs, at);
    return { end: { ...end, by }, effects: [{ kind: "timer", name, at: by }] };
  }
  if (end?.kind !== "stopping" && end?.kind !== "sweeping") {
    return { end, effects: [] };
  }
  const { phase } = end satisfies Stopping | Sweeping;
  if (phase.kind !== "asked" && phase.kind !== "killed") {
    return { end, effects: [] };
  }
  const by = sooner(phase.by, forMs, at);
  return {
    end: { ...end, phase: { ...phase, by } },
    effects: [{ kind: "timer", name, at: by }],
  };
}

const sooner = (by: number, forMs: number, at: number): number =>
  Math.max(by - forMs, Math.min(by, at + THAW_GRACE_MS));
