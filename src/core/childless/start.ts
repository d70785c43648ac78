/**
 * The ways to a new child. Every start goes through `prepare`, which looks at
 * the paths first, or through `launch`, which starts the child on content that is
 * known. Only an overlap starts a child otherwise. Pure.
 */
import type { Effect } from "../vocabulary/effect.ts";
import type { Model } from "../vocabulary/model.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type {
  Candidate,
  Preparing,
  Reason,
  Running,
  Start,
  StartContent,
} from "../vocabulary/state.ts";
import type { Occasion } from "../vocabulary/effect.ts";
import * as hooks from "../text/hooks.ts";
import * as messages from "../text/manager.ts";
import {
  enter,
  knowing,
  log,
  LOOK,
  type Now,
  type Transition,
} from "../transition/moves.ts";
import { promiseEmptyPlace, promiseHook } from "../transition/promises.ts";

/** The start that follows the children so far. */
export const nextStart = (
  { model }: Now,
  { reason, held, otherwise = "end", unlessNews = "crash" }:
    & Pick<Start, "reason" | "held">
    & Partial<Pick<Start, "otherwise" | "unlessNews">>,
): Start => ({
  run: model.runs + 1,
  reason,
  failures: 0,
  held,
  otherwise,
  hookDone: false,
  unlessNews,
});

/** Of what a state on the way to a child knows, what is about its start. */
export const startOf = (
  { run, reason, failures, held, otherwise, hookDone, unlessNews }: Start,
): Start => ({
  run,
  reason,
  failures,
  held,
  otherwise,
  hookDone,
  unlessNews,
});

/** What a child without paths is started on where nothing is to be vetted: there is nothing to look at. */
export const contentWithoutPaths = (
  { configs, vetting }: Policy,
): StartContent | undefined =>
  configs.length === 0 && vetting === undefined
    ? { baseline: [], rejected: undefined }
    : undefined;

/**
 * Enters `preparing`: a look at the paths finds what the child is started on.
 * `vettedFrom` is when content was first vetted for this start, if it was.
 */
export function prepare(
  now: Now,
  start: Start,
  vettedFrom?: number,
): Transition {
  const state: Preparing = {
    kind: "preparing",
    ...startOf(start),
    since: now.at,
    wait: undefined,
    patienceEndsAt: undefined,
    partly: undefined,
    vettedFrom,
  };
  return enter(counting(now, start.run), state, [LOOK]);
}

/** Starts the child on this content, with the place to itself; `--before-start` runs first. */
export function launch(
  now: Now,
  start: Start,
  { baseline, rejected }: StartContent,
): Transition {
  promiseEmptyPlace(now);
  const { beforeStart } = now.policy;
  if (beforeStart === undefined || start.hookDone) {
    return startChild(now, start, { baseline, rejected });
  }
  const ticket = now.model.ticket + 1;
  const known = { ...startOf(start), baseline, rejected };
  return enter(
    knowing({ ...now, ...counting(now, start.run) }, { ticket }),
    { kind: "beforeStart", ...known, ticket, stop: undefined },
    [
      ...log(hooks.beforeStartRunning(beforeStart.command)),
      {
        kind: "beforeStart",
        ticket,
        run: start.run,
        occasion: occasionOf(now, known, false),
      },
    ],
  );
}

/** Enters `spawning`, once `--before-start` has succeeded. */
export function startChild(
  now: Now,
  start: Start,
  { baseline, rejected }: StartContent,
): Transition {
  promiseEmptyPlace(now);
  promiseHook(now, start);
  const { policy } = now;
  const known = { ...startOf(start), baseline, rejected };
  return enter(
    counting(now, start.run),
    { kind: "spawning", ...known, stop: undefined },
    [
      ...log(messages.childStarting(policy.command, policy.args)),
      spawn(now, known, false),
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

/** Why a child is started on the candidate. */
export const reasonFor = ({ requested }: Candidate): Reason =>
  requested ? "request" : "config";

/** The effect that starts a child, with what the child is told of the reason. */
export const spawn = (
  now: Now,
  start: Pick<Start, "run" | "reason"> & Pick<StartContent, "baseline">,
  beside: boolean,
): Effect => ({
  kind: "spawn",
  run: start.run,
  occasion: occasionOf(now, start, beside),
});

/** Why a child is started, and on what. */
export const occasionOf = (
  { model, policy }: Now,
  { reason, baseline }:
    & Pick<Start, "reason">
    & Pick<StartContent, "baseline">,
  beside: boolean,
): Occasion => ({
  reason,
  reloads: reloadsWith(model, reason),
  baseline,
  previous: model.lastBaseline,
  saved: policy.snapshots,
  beside,
});

/** Times that a candidate was put into effect, with a start for this reason. */
export const reloadsWith = ({ reloads }: Model, reason: Reason): number =>
  reloads + (reason === "config" || reason === "request" ? 1 : 0);

const counting = ({ model }: Now, run: number) => ({
  model: { ...model, runs: Math.max(model.runs, run) },
});
