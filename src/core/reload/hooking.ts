/**
 * `--before-start` of an overlap: it runs while the old child goes on, and the next
 * child is started beside that when it has succeeded. Pure.
 */
import { beginOverlap } from "../overlap/overlapping.ts";
import * as hooks from "../text/hooks.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";
import {
  enter,
  knowing,
  log,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { occasionOf, reasonFor } from "../childless/start.ts";

/** Starts the next child beside this one, after the hook if there is one. */
export function overlapAfterHook(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { model, policy: { beforeStart } } = now;
  if (beforeStart === undefined) return beginOverlap(now, child, candidate);
  const ticket = model.ticket + 1;
  const run = model.runs + 1;
  const pending = {
    kind: "hooking",
    candidate,
    ticket,
    changedMeanwhile: false,
  } as const;
  const start = { reason: reasonFor(candidate), baseline: candidate.content };
  return enter(knowing(now, { ticket }), { ...child, pending }, [
    ...log(hooks.beforeStartRunning(beforeStart.command)),
    {
      kind: "beforeStart",
      ticket,
      run,
      occasion: occasionOf(now, start, true),
    },
  ]);
}
