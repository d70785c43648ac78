/**
 * A signal that asks for a reload (`--reload-signal`). Its sender gets no answer and
 * does not ask again, so what cannot be begun because something else is under way
 * waits for the end of that. Pure.
 */
import { objectionTo } from "../rules/objection.ts";
import * as operator from "../text/operator.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { State } from "../vocabulary/state.ts";
import {
  followedBy,
  knowing,
  log,
  type Now,
  perform,
  type Transition,
} from "./moves.ts";

/** A request that is declined for good becomes an event too, which logs the reason. */
export function onReloadSignal(now: Now, signal: Signal): Transition {
  const { model } = now;
  const effects = log(operator.reloadSignalled(signal));
  if (startsOnNews(model.state)) {
    return perform(now, [...effects, ...log(operator.reloadByStart(signal))]);
  }
  const objection = objectionTo(model, { kind: "reload", force: false });
  if (objection?.code !== "busy") {
    return perform(now, [...effects, { kind: "requestReload", signal }]);
  }
  // One reload serves all signals that have asked for it meanwhile.
  return model.waitingReload === undefined
    ? perform(
      knowing(now, { waitingReload: signal }),
      [...effects, ...log(operator.reloadWaits(signal, objection.why))],
    )
    : perform(now, effects);
}

/** Whether a child is about to be started on what the paths will hold. */
const startsOnNews = (state: State): boolean =>
  state.kind === "idle" || state.kind === "preparing" ||
  (state.kind === "awaiting" && state.on === undefined);

/** The same transition, and then the reload that has waited for what is over by it. */
export function thenWaitingReload(next: Transition): Transition {
  const { model } = next;
  const { waitingReload: signal } = model;
  if (signal === undefined) return next;
  const objection = objectionTo(model, { kind: "reload", force: false });
  if (objection?.code === "busy") return next;
  return followedBy(
    { ...next, model: { ...model, waitingReload: undefined } },
    [{ kind: "requestReload", signal }],
  );
}
