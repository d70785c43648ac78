/** Content that has moved since it last rested may be half-written: no child is started on that. Pure. */
import { assess, quietRule } from "./config_watch.ts";
import type { Event } from "./event.ts";
import { isHollow } from "./fingerprint.ts";
import * as messages from "./messages.ts";
import type { Policy } from "./policy.ts";
import type { Model, Preparing } from "./state.ts";
import { enter, log, type Transition } from "./transition.ts";

/**
 * A quiet window, but only one: no child runs meanwhile. For content that did
 * not rest before there is none. An empty file is waited for as ever, a path that
 * is gone like one, and the window begins when it is there. Undefined once what
 * the paths hold can be used.
 */
export function awaitRest(
  model: Model,
  state: Preparing,
  { at, observation }: Extract<Event, { kind: "observed" }>,
  policy: Policy,
): Transition | undefined {
  const base = model.rested ?? model.latest;
  if (base === undefined) return undefined;
  const fingerprint = observation.fingerprint.map((print, index) => {
    const before = base[index];
    return print.kind === "fault" && before.kind !== "fault"
      ? { ...before, identity: "", size: 0 }
      : print;
  });
  const rule = quietRule(policy, model.shortRuns);
  const windowMs = model.rested === undefined ? 0 : rule.windowMs;
  // Not for ever: who empties it again and again is waited for no longer than who does so once.
  const isFilled = state.change.kind === "settling" &&
    isHollow(base, state.change.candidate) && !isHollow(base, fingerprint) &&
    at < state.since + rule.hollowMs;
  const { change, verdict, nextLookAt } = assess(
    isFilled ? { ...state.change, since: at } : state.change,
    [],
    base,
    { ...observation, at, fingerprint },
    { ...rule, windowMs, maxMs: windowMs, growingMs: windowMs },
  );
  if (verdict === "unchanged" || verdict === "confirmed") return undefined;
  return enter(model, { ...state, change }, [
    ...(verdict === "detected" ? log(messages.startAwaitsRest()) : []),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}
