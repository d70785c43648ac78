/** Content that has moved since it last rested may be half-written: no child is started on that. Pure. */
import { assess, quietRule } from "../change/debounce.ts";
import type { Event } from "../vocabulary/event.ts";
import { isHollow, type PathPrint } from "../vocabulary/fingerprint.ts";
import * as watching from "../text/watching.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Model, Preparing } from "../vocabulary/state.ts";
import { enter, log, type Transition } from "./moves.ts";

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
  const known = model.rested ?? model.latest;
  if (known === undefined) return undefined;
  const { change } = state;
  // What was there at the last rest, or at a look since.
  const had = known.map((print, index) =>
    print.kind === "fault" && change.kind === "settling"
      ? change.candidate[index]
      : print
  );
  const gone = observation.fingerprint.map(({ kind }, index) =>
    kind === "fault" && had[index].kind !== "fault"
  );
  // A path that is gone stands there as a file that was emptied.
  const base = known.map((print, index) =>
    gone[index] ? { ...fileOf(had[index]), identity: "there", size: 1 } : print
  );
  const fingerprint = observation.fingerprint.map((print, index) =>
    gone[index] ? { ...fileOf(had[index]), identity: "gone", size: 0 } : print
  );
  // Renamed away is not replaced.
  const cause = gone.includes(true) ? "timer" : observation.cause;
  const rule = quietRule(policy, model.shortRuns);
  const windowMs = model.rested === undefined ? 0 : rule.windowMs;
  // Not for ever: who empties it again and again is waited for no longer than who does so once.
  const endsAt = state.since + rule.hollowMs;
  const isFilled = change.kind === "settling" && at < endsAt &&
    isHollow(base, change.candidate) && !isHollow(base, fingerprint);
  const since = isFilled || change.kind !== "settling" ? at : change.since;
  const { change: next, verdict, nextLookAt } = assess(
    isFilled ? { ...change, since } : change,
    [],
    base,
    { ...observation, at, cause, fingerprint },
    {
      ...rule,
      windowMs,
      maxMs: windowMs,
      hollowMs: Math.max(windowMs, endsAt - since),
      growingMs: windowMs,
    },
  );
  if (verdict === "unchanged" || verdict === "confirmed") return undefined;
  return enter(model, { ...state, change: next }, [
    ...(verdict === "detected" ? log(watching.startAwaitsRest()) : []),
    { kind: "timer", name: "look", at: nextLookAt },
  ]);
}

const fileOf = (print: PathPrint) =>
  print.kind === "fault" ? print : { ...print, kind: "file" as const };
