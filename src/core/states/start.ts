/**
 * The ways to a new child. Every start goes through `prepare`, which looks at
 * the paths first, or through `launch`, which starts the child on content that is
 * known. Only an overlap starts a child otherwise. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type {
  Preparing,
  Running,
  Start,
  StartContent,
} from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { enter, log, LOOK, type Now, type Transition } from "./moves.ts";
import { promiseEmptyPlace } from "./promises.ts";

/** The start that follows the children so far. */
export const nextStart = (
  { model }: Now,
  { reason, held }: Pick<Start, "reason" | "held">,
): Start => ({ run: model.runs + 1, reason, failures: 0, held });

/**
 * Enters `preparing`: a look at the paths finds what the child is started on.
 * `vettedFrom` is when content was first vetted for this start, if it was.
 */
export function prepare(
  now: Now,
  { run, reason, failures, held }: Start,
  vettedFrom?: number,
): Transition {
  const state: Preparing = {
    kind: "preparing",
    run,
    reason,
    failures,
    held,
    since: now.at,
    wait: undefined,
    patienceEndsAt: undefined,
    partly: undefined,
    vettedFrom,
  };
  return enter(counting(now, run), state, [LOOK]);
}

/** Enters `spawning`: the child is started on this content, with the place to itself. */
export function launch(
  now: Now,
  { run, reason, failures, held }: Start,
  { baseline, rejected }: StartContent,
): Transition {
  promiseEmptyPlace(now);
  const { policy } = now;
  const start = { run, reason, failures, held, baseline, rejected };
  return enter(
    counting(now, run),
    { kind: "spawning", ...start, stop: undefined },
    [
      ...log(messages.childStarting(policy.command, policy.args)),
      spawn(now, start, false),
    ],
  );
}

/** Starts on saved content, where there is some, and else on what the paths hold. */
export const startOn = (
  now: Now,
  start: Start,
  content: StartContent | undefined,
): Transition =>
  content === undefined ? prepare(now, start) : launch(now, start, content);

/** The child's own content, to start the next child on where it is saved. Rejected content stays rejected. */
export const savedContent = (
  { snapshots }: Policy,
  { baseline, pending }: Running,
): StartContent | undefined =>
  snapshots
    ? {
      baseline,
      rejected: pending.kind === "rejected"
        ? { content: pending.candidate.content, retryAt: pending.retryAt }
        : undefined,
    }
    : undefined;

/** The effect that starts a child, with what the child is told of the reason. */
export function spawn(
  { model, policy }: Now,
  { run, reason, baseline }:
    & Pick<Start, "run" | "reason">
    & Pick<StartContent, "baseline">,
  beside: boolean,
): Effect {
  const occasion = {
    reason,
    reloads: model.reloads + (reason === "config" ? 1 : 0),
    baseline,
    previous: model.lastBaseline,
    saved: policy.snapshots,
    beside,
  };
  return { kind: "spawn", run, occasion };
}

const counting = ({ model }: Now, run: number) => ({
  model: { ...model, runs: Math.max(model.runs, run) },
});
