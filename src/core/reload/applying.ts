/**
 * Puts accepted content into effect: by a restart, by an overlap, or by actions
 * that the running child answers to, one after the other. Pure.
 */
import { withoutDistance, withReload } from "../change/feedback.ts";
import { pathsInDoubt, planOn } from "../rules/action_choice.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf, Outcome } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import { APPLY_RETRY_MS } from "../vocabulary/policy.ts";
import type { Gentle } from "../vocabulary/settings.ts";
import type {
  Actions,
  Candidate,
  Pending,
  Running,
} from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as reloads from "../text/reload.ts";
import { withFault } from "../child/content_fault.ts";
import { beginEnd } from "../termination/draining.ts";
import { tellBySignal } from "../child/forwarding.ts";
import {
  after,
  endFor,
  enter,
  followedBy,
  knowing,
  log,
  LOOK,
  type Now,
  stay,
  type Transition,
} from "../transition/moves.ts";
import { activate, inUse, keepOnly } from "../child/ready_child.ts";
import { hasBeenReady, readinessOn } from "../fleet/soak.ts";
import { reasonFor } from "../childless/start.ts";
import { overlapAfterHook } from "./hooking.ts";
import { reject } from "./rejecting.ts";

/** By a restart, or by the actions of all paths that differ. */
export function apply(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { policy, at } = now;
  const plan = planOn(child, candidate, policy);
  const next = knowing(now, { appliedAt: at, turnAt: undefined });
  if (plan.kind === "actions" && !tells(plan.actions)) {
    return begin(next, child, candidate, plan.actions);
  }
  const { distanceMs } = candidate;
  const told = knowing(next, {
    feedback: withReload(now.model.feedback, distanceMs),
  });
  return plan.kind === "restart"
    ? restart(told, child, candidate, plan.skipped)
    : begin(told, { ...child, toldAt: at }, candidate, plan.actions);
}

/** Whether the child hears of the content. */
const tells = ([{ kind }]: Actions): boolean => kind !== "none";

/** A candidate, the actions for it, and how many of them are done. */
type Batch = Pick<
  Extract<Pending, { kind: "acting" }>,
  "candidate" | "actions" | "done"
>;

/** Begins the first of the actions. */
function begin(
  now: Now,
  child: Running,
  candidate: Candidate,
  actions: Actions,
): Transition {
  const lines = actions.length > 1 ? [reloads.changeActs(actions)] : [];
  return after(
    log(...lines),
    carryOut(now, child, { candidate, actions, done: 0 }),
  );
}

/** Carries out the next action. To a child that runs on saved content, only the host can show the candidate. */
function carryOut(now: Now, child: Running, batch: Batch): Transition {
  const action = batch.actions[batch.done];
  return now.policy.snapshots || action.kind === "http" ||
      action.kind === "exec"
    ? act(now, child, batch, action)
    : goOn(now, child, batch);
}

/** Asks the host to show the candidate to the child and to run the action. */
function act(
  now: Now,
  child: Running,
  { candidate, actions, done }: Batch,
  action: Gentle,
): Transition {
  const { model, policy } = now;
  const ticket = model.ticket + 1;
  const occasion = {
    reason: "config",
    reloads: model.reloads + 1,
    baseline: candidate.content,
    previous: child.baseline,
    saved: policy.snapshots,
    beside: false,
  } as const;
  const pending = {
    kind: "acting",
    candidate,
    actions,
    done,
    ticket,
    changedMeanwhile: hasChangedMeanwhile(child),
  } as const;
  const isFirst = done === 0;
  return enter(knowing(now, { ticket }), { ...child, pending }, [
    ...log(...announcement(action)),
    { kind: "act", ticket, run: child.run, action, occasion, isFirst },
  ]);
}

/** Whether looks have found other content since the first action began. */
const hasChangedMeanwhile = ({ pending }: Running): boolean =>
  pending.kind === "acting" && pending.changedMeanwhile;

function announcement(action: Gentle): Message[] {
  switch (action.kind) {
    case "exec":
      return [reloads.changeRuns(action.argv)];
    case "http":
      return [reloads.changeCalls(action.method, action.url)];
    case "none":
    case "signal":
      return [];
  }
}

/** The host's part of an action is done: sends its signal, and begins the next one. The child has the content after the last one. */
function goOn(now: Now, child: Running, batch: Batch): Transition {
  const action = batch.actions[batch.done];
  const done = batch.done + 1;
  if (done === batch.actions.length) return finish(now, child, batch);
  return after(tell(child, action), carryOut(now, child, { ...batch, done }));
}

/** The core's part of an action. */
const tell = (child: Running, action: Gentle): readonly Effect[] =>
  action.kind === "signal"
    ? [
      ...log(reloads.changeSignals(action.signal, child.pid)),
      ...tellBySignal(child, action.signal),
    ]
    : [];

/** The last action is done but for the core's part of it. The content may have changed since the first one, so the paths are looked at again. */
function finish(now: Now, child: Running, batch: Batch): Transition {
  const { pending, change } = child;
  if (pending.kind !== "acting") return conclude(now, child, batch);
  // The action may have read the paths while they changed; a saved copy does not.
  const isDoubted = pending.changedMeanwhile && !now.policy.snapshots &&
    change.kind === "settled";
  const next: Running = isDoubted
    ? { ...child, change: { kind: "doubted" } }
    : child;
  return followedBy(conclude(now, next, batch), [LOOK]);
}

function conclude(
  now: Now,
  child: Running,
  { candidate: { content }, actions, done }: Batch,
): Transition {
  const { policy } = now;
  if (!tells(actions)) {
    // Of a path that is gone, the child has still read what it held before.
    const accepted = policy.snapshots
      ? content
      : withoutFaults(content, child.baseline);
    return accept(now, child, accepted, log(reloads.changeIgnored()));
  }
  const told = { ...child, given: content };
  const said = tell(child, actions[done]);
  const isSignal = ({ kind }: Gentle) => kind === "signal";
  const effects = actions.every(isSignal)
    ? said
    : [...said, ...log(reloads.applied())];
  if (actions.some(isSignal)) return putOnTrial(now, told, content, effects);
  return hasBeenReady(child)
    ? acceptReady(now, told, content, effects)
    : accept(now, told, content, effects);
}

/** A child that is ready has it; as a canary of its fleet it has to go on running with it. */
function acceptReady(
  now: Now,
  told: Running,
  content: Fingerprint,
  effects: readonly Effect[],
): Transition {
  const readiness = readinessOn(now, content);
  const used = inUse(now, { ...told, readiness });
  return accept(used.now, used.child, content, [...effects, used.timer]);
}

/** The child was sent a signal. Whether it works with the content is not known yet. */
function putOnTrial(
  now: Now,
  told: Running,
  content: Fingerprint,
  said: readonly Effect[],
): Transition {
  const { policy: { snapshots, ready }, at } = now;
  if (!snapshots) {
    const change = sinceSignal(now, told);
    const child = { ...told, change };
    const effects = [...said, LOOK];
    return hasBeenReady(child)
      ? acceptReady(now, child, content, effects)
      : accept(now, child, content, effects);
  }
  const by = at + ready.timeoutMs;
  const readiness = {
    kind: "awaited",
    proof: "survival",
    trial: true,
    by,
    why: undefined,
  } as const;
  return accept(now, { ...told, readiness }, content, [
    ...said,
    { kind: "timer", name: "ready", at: by },
  ]);
}

/** Which content the child has read on a signal after other actions is not known if the paths have changed meanwhile. */
function sinceSignal(
  { at }: Now,
  { change, pending }: Running,
): Running["change"] {
  if (pending.kind === "acting" && change.kind === "settling") {
    return { ...change, revertible: false };
  }
  return pending.kind === "acting" && change.kind === "doubted"
    ? change
    : { kind: "unverified", since: at };
}

/** The content, with what was known before of the paths that cannot be read in it. */
const withoutFaults = (
  content: Fingerprint,
  before: Fingerprint,
): Fingerprint =>
  content.map((print, at) => print.kind === "fault" ? before[at] : print);

function restart(
  now: Now,
  child: Running,
  candidate: Candidate,
  skipped: readonly Gentle[],
): Transition {
  const { policy } = now;
  const why = candidate.requested ? [] : [
    messages.configRestart(),
    ...skipped.length > 0 ? [reloads.actionsSkipped(skipped)] : [],
  ];
  if (policy.strategy === "overlap") {
    return after(log(...why), overlapAfterHook(now, child, candidate));
  }
  const goal = {
    kind: "restart",
    reason: reasonFor(candidate),
    on: policy.snapshots
      ? { baseline: candidate.content, rejected: undefined }
      : undefined,
  } as const;
  const lines = [...why, messages.childRestarting()];
  return beginEnd(now, child, endFor(now, goal, ...lines));
}

/** The child has the content now, without a restart. */
function accept(
  now: Now,
  child: Running,
  content: Fingerprint,
  effects: readonly Effect[],
): Transition {
  const { model, policy } = now;
  return enter(
    knowing(now, { reloads: model.reloads + 1, lastBaseline: content }),
    {
      ...child,
      baseline: content,
      doubtful: [],
      halfTold: undefined,
      pending: { kind: "none" },
    },
    [
      ...activate(policy, content),
      ...effects,
      ...keepOnly(policy, model.good, content, child.given),
    ],
  );
}

/** The host's part of an action has ended. */
export function onActed(
  now: Now,
  child: Running,
  { ticket, outcome }: EventOf<"acted">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "acting" || pending.ticket !== ticket) return stay(now);
  const told = tells(pending.actions) ? toldAtTheEnd(now, child) : child;
  switch (outcome.kind) {
    case "done":
      return goOn(now, told, pending);
    case "unswitched": {
      const line = reloads.notSwitched(outcome.detail, APPLY_RETRY_MS);
      const again = withoutDistance(pending.candidate);
      return after([LOOK], retryLater(now, child, again, line));
    }
    case "failed":
      return onFailed(now, told, pending, outcome);
  }
}

/** What follows is an answer to the end of the action, unless it has begun before. */
const toldAtTheEnd = ({ at }: Now, child: Running): Running =>
  child.change.kind === "settling" ? child : { ...child, toldAt: at };

/**
 * It may be half done: nobody knows which content the child has now. It was told
 * of the candidate, which is no answer to that when it has its next turn. The
 * actions after it are not begun, and the next turn repeats all of them: the child
 * finds its earlier content until then, so what is done already would not last.
 */
function onFailed(
  now: Now,
  child: Running,
  batch: Batch,
  outcome: Extract<Outcome, { kind: "failed" }>,
): Transition {
  const { candidate } = batch;
  const doubtful = pathsInDoubt(child, candidate.content);
  const doubted = { ...withoutDistance(candidate), revertible: false };
  return followedBy(
    reject(
      withFault(now, candidate.content, "its action failed"),
      { ...child, doubtful },
      doubted,
      "circumstances",
      (retryMs) => failure(batch, outcome, retryMs),
    ),
    [LOOK],
  );
}

const failure = (
  { actions, done }: Batch,
  { detail, tail }: Extract<Outcome, { kind: "failed" }>,
  retryMs: number | undefined,
): Message[] => [
  reloads.notApplied(reloads.whichFailed(actions, done, detail), retryMs),
  ...reloads.outputOf(reloads.actionOutput, tail),
];

/** The candidate cannot be used now, for a reason that has nothing to do with it: it is tried again later. */
export function retryLater(
  now: Now,
  child: Running,
  candidate: Candidate,
  line: Message,
): Transition {
  const pending = { kind: "deferred", candidate } as const;
  // Other content need not wait for that.
  return enter(knowing(now, { turnAt: undefined }), { ...child, pending }, [
    ...log(line),
    { kind: "timer", name: "defer", at: now.at + APPLY_RETRY_MS },
  ]);
}
