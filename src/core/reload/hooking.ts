/**
 * `--before-start` of an overlap: it runs while the old child goes on, and the next
 * child is started beside that when it has succeeded. Pure.
 */
import { withoutDistance } from "../change/feedback.ts";
import { beginOverlap } from "../overlap/overlapping.ts";
import * as hooks from "../text/hooks.ts";
import * as reloads from "../text/reload.ts";
import type { EventOf } from "../vocabulary/event.ts";
import { APPLY_RETRY_MS } from "../vocabulary/policy.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";
import {
  after,
  enter,
  followedBy,
  knowing,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { occasionOf, reasonFor } from "../childless/start.ts";
import { retryLater } from "./applying.ts";
import { isGone, unlessHeld, withoutPending } from "./confirmed_change.ts";
import { reject } from "./rejecting.ts";

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

/** The hook has ended. The content may have changed meanwhile, so the paths are looked at again. */
export function onHookEnded(
  now: Now,
  child: Running,
  { ticket, outcome }: EventOf<"hookEnded">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "hooking" || pending.ticket !== ticket) return stay(now);
  const { candidate } = pending;
  // Other content is decided on instead; a saved copy is what it was.
  const isOutdated = !now.policy.snapshots && pending.changedMeanwhile;
  switch (outcome.kind) {
    case "done":
      return after(
        log(hooks.beforeStartDone()),
        isOutdated || isGone(now, child, candidate)
          ? enter(now, withoutPending(child), [LOOK])
          : unlessHeld(now, child, candidate, beginOverlap),
      );
    case "failed":
      return followedBy(
        reject(
          now,
          child,
          withoutDistance(candidate),
          "circumstances",
          (ms) => [
            reloads.rejected(hooks.whyNotStarted(outcome.detail), ms),
            ...reloads.outputOf(hooks.hookOutput, outcome.tail),
          ],
        ),
        [LOOK],
      );
    case "lost": {
      const line = reloads.notSwitched(outcome.detail, APPLY_RETRY_MS);
      const again = withoutDistance(candidate);
      return followedBy(retryLater(now, child, again, line), [LOOK]);
    }
    case "withdrawn":
      return enter(now, withoutPending(child), [LOOK]);
  }
}
