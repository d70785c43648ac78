/** `--before-start` of an overlap has ended: what becomes of the candidate that it ran for. Pure. */
import { withoutDistance } from "../change/feedback.ts";
import { beginOverlap } from "../overlap/overlapping.ts";
import * as hooks from "../text/hooks.ts";
import * as reloads from "../text/reload.ts";
import type { EventOf } from "../vocabulary/event.ts";
import { APPLY_RETRY_MS } from "../vocabulary/policy.ts";
import type { Running } from "../vocabulary/state.ts";
import {
  after,
  enter,
  followedBy,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { retryLater } from "./applying.ts";
import { isGone, unlessHeld, withoutPending } from "./confirmed_change.ts";
import { reject } from "./rejecting.ts";

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
