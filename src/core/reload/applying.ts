/**
 * Puts accepted content into effect: by a restart, by an overlap, or by an
 * action that the running child answers to. Pure.
 */
import { withoutDistance, withReload } from "../change/feedback.ts";
import { actionOn, pathsInDoubt } from "../rules/action_choice.ts";
import type { Effect } from "../vocabulary/effect.ts";
import type { EventOf, Outcome } from "../vocabulary/event.ts";
import type { Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Message } from "../vocabulary/message.ts";
import { APPLY_RETRY_MS } from "../vocabulary/policy.ts";
import type { Gentle } from "../vocabulary/settings.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import * as reloads from "../text/reload.ts";
import { beginEnd } from "../states/draining.ts";
import { forward } from "../states/forwarding.ts";
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
} from "../states/moves.ts";
import { activate, keepOnly, withGoodContent } from "../states/ready_child.ts";
import { reasonFor } from "../states/start.ts";
import { overlapAfterHook } from "./hooking.ts";
import { reject } from "./rejecting.ts";

/** Takes the strongest of the actions of all paths that differ. */
export function apply(
  now: Now,
  child: Running,
  candidate: Candidate,
): Transition {
  const { policy, at } = now;
  const action = actionOn(child, candidate, policy);
  const next = knowing(now, { appliedAt: at, turnAt: undefined });
  if (action.kind === "none") {
    return applyGently(next, child, candidate, action);
  }
  const { distanceMs } = candidate;
  const told = knowing(next, {
    feedback: withReload(now.model.feedback, distanceMs),
  });
  return action.kind === "restart"
    ? restart(told, child, candidate)
    : applyGently(told, { ...child, toldAt: at }, candidate, action);
}

/** To a child that runs on saved content, only the host can show the candidate. */
const applyGently = (
  now: Now,
  child: Running,
  candidate: Candidate,
  action: Gentle,
): Transition =>
  now.policy.snapshots || action.kind === "http" || action.kind === "exec"
    ? act(now, child, candidate, action)
    : finish(now, child, candidate.content, action);

/** Asks the host to show the candidate to the child and to run the action. */
function act(
  now: Now,
  child: Running,
  candidate: Candidate,
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
    action,
    ticket,
    changedMeanwhile: false,
  } as const;
  return enter(knowing(now, { ticket }), { ...child, pending }, [
    ...log(...announcement(action)),
    { kind: "act", ticket, run: child.run, action, occasion },
  ]);
}

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

/** Does the core's part of the action, once the child can find the content. */
function finish(
  now: Now,
  child: Running,
  content: Fingerprint,
  action: Gentle,
): Transition {
  switch (action.kind) {
    case "none": {
      // Of a path that is gone, the child has still read what it held before.
      const accepted = now.policy.snapshots
        ? content
        : withoutFaults(content, child.baseline);
      return accept(now, child, accepted, log(reloads.changeIgnored()));
    }
    case "signal":
      return bySignal(now, child, content, action.signal);
    case "exec":
    case "http": {
      const isReady = child.readiness.kind === "ready";
      return accept(
        isReady ? withGoodContent(now, content) : now,
        { ...child, given: content },
        content,
        log(reloads.applied()),
      );
    }
  }
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
): Transition {
  const { policy } = now;
  const why = candidate.requested ? [] : [messages.configRestart()];
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

/** Sends the signal. Whether the child works with the content is not known yet. */
function bySignal(
  now: Now,
  child: Running,
  content: Fingerprint,
  signal: Signal,
): Transition {
  const { policy: { snapshots, ready }, at } = now;
  const by = at + ready.timeoutMs;
  const told = { ...child, given: content };
  const next: Running = snapshots
    ? {
      ...told,
      readiness: {
        kind: "awaited",
        proof: "survival",
        trial: true,
        by,
        why: undefined,
      },
    }
    : { ...told, change: { kind: "unverified", since: at } };
  return accept(now, next, content, [
    ...log(reloads.changeSignals(signal, child.pid)),
    ...forward(child, signal),
    snapshots ? { kind: "timer", name: "ready", at: by } : LOOK,
  ]);
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
      pending: { kind: "none" },
    },
    [
      ...activate(policy, content),
      ...effects,
      ...keepOnly(policy, model.good, content, child.given),
    ],
  );
}

/** The action has ended. The content may have changed meanwhile, so the paths are looked at again. */
export function onActed(
  now: Now,
  child: Running,
  { ticket, outcome }: EventOf<"acted">,
): Transition {
  const { pending } = child;
  if (pending.kind !== "acting" || pending.ticket !== ticket) return stay(now);
  const { candidate, action } = pending;
  const told = action.kind === "none" ? child : toldAtTheEnd(now, child);
  switch (outcome.kind) {
    case "done": {
      // The action may have read the paths while they changed; a saved copy does not.
      const isDoubted = pending.changedMeanwhile && !now.policy.snapshots &&
        child.change.kind === "settled";
      const next: Running = isDoubted
        ? { ...told, change: { kind: "doubted" } }
        : told;
      return followedBy(finish(now, next, candidate.content, action), [LOOK]);
    }
    case "unswitched": {
      const line = reloads.notSwitched(outcome.detail, APPLY_RETRY_MS);
      const again = withoutDistance(candidate);
      return after([LOOK], retryLater(now, child, again, line));
    }
    case "failed":
      return onFailed(now, told, candidate, outcome);
  }
}

/** What follows is an answer to the end of the action, unless it has begun before. */
const toldAtTheEnd = ({ at }: Now, child: Running): Running =>
  child.change.kind === "settling" ? child : { ...child, toldAt: at };

/**
 * It may be half done: nobody knows which content the child has now. It was told
 * of the candidate, which is no answer to that when it has its next turn.
 */
function onFailed(
  now: Now,
  child: Running,
  candidate: Candidate,
  outcome: Extract<Outcome, { kind: "failed" }>,
): Transition {
  const doubtful = pathsInDoubt(child, candidate.content);
  const doubted = { ...withoutDistance(candidate), revertible: false };
  return followedBy(
    reject(
      now,
      { ...child, doubtful },
      doubted,
      "circumstances",
      (retryMs) => failure(outcome, retryMs),
    ),
    [LOOK],
  );
}

const failure = (
  { detail, tail }: Extract<Outcome, { kind: "failed" }>,
  retryMs: number | undefined,
): Message[] => [
  reloads.notApplied(detail, retryMs),
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
