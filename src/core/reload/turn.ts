/** The turn of a candidate that waits for one: its first, or another one after circumstances rejected it. Pure. */
import type { Pending, Running } from "../vocabulary/state.ts";
import * as reloads from "../text/reload.ts";
import {
  after,
  knowing,
  log,
  type Now,
  perform,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { isServing } from "../child/ready_child.ts";
import { retryTimer } from "../child/rejection.ts";
import { onTurn } from "./confirmed_change.ts";
import { asDecidedBefore } from "./vetting.ts";

/** A candidate that waits has its turn. */
export function turn(now: Now, state: Running): Transition {
  const { pending } = state;
  switch (pending.kind) {
    case "deferred":
      // It may have been decided on before it was read.
      return asDecidedBefore(now, state, pending.candidate) ??
        onTurn(now, state, pending.candidate);
    case "rejected":
      return onRetry(now, state, pending);
    default:
      return stay(now);
  }
}

/** The same transition, and then the turn of a candidate that may have waited for it. */
export const thenTurn = (
  now: Now,
  { model, effects }: Transition,
): Transition =>
  model.state.kind === "running"
    ? after(effects, turn({ ...now, model }, model.state))
    : { model, effects };

/**
 * Tries the candidate again from the check on, once its wait is over. A child whose
 * sign is awaited is left its time first, and the turn comes after that. Other
 * content that is on its way is decided on instead. A look after the start of the
 * child, or after an overlap, comes first: the paths may hold something else by then.
 */
function onRetry(
  now: Now,
  child: Running,
  pending: Extract<Pending, { kind: "rejected" }>,
): Transition {
  const { model: { appliedAt = -Infinity }, policy, at } = now;
  const { candidate, retryAt } = pending;
  if (retryAt === undefined) return stay(now);
  if (at < retryAt) return perform(now, retryTimer(pending));
  const isBusy = !pending.isLookedAt || child.change.kind === "settling" ||
    (child.readiness.kind === "awaited" && !isServing(child));
  if (isBusy) return stay(now);
  // It has waited for its share of --splay before.
  const turnAt = Math.max(at, appliedAt + policy.minIntervalMs);
  // The child that followed its rejection was started on other content.
  const stable = candidate.isRestless ? undefined : candidate.content;
  return after(
    log(reloads.tryingAgain()),
    onTurn(knowing(now, { turnAt, stable }), child, candidate),
  );
}
