/** The ways in which an overlap ends: either child has the place, or neither. Pure. */
import type { Effect } from "../vocabulary/effect.ts";
import type { ExitStatus } from "../vocabulary/exit_status.ts";
import { forward } from "../states/forwarding.ts";
import * as messages from "../text/manager.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import { activate, keep, keepsContent } from "../states/ready_child.ts";
import * as reloads from "../text/reload.ts";
import { retire } from "./retirement.ts";
import type { Signal } from "../vocabulary/signals.ts";
import { readinessTimer } from "../states/new_child.ts";
import type { Goal, Model, Overlapping, Running } from "../vocabulary/state.ts";
import { beginStop, beginSweep } from "../states/stopping.ts";
import {
  after,
  enter,
  hold,
  log,
  LOOK,
  then,
  type Transition,
} from "../states/moves.ts";

/** What becomes of the one that has lost its place. */
export const RETIRE: Goal = { kind: "retire" };

const DISARM_FRESH: readonly Effect[] = [
  { kind: "timer", name: "ready", at: undefined },
  { kind: "timer", name: "drain", at: undefined },
  { kind: "timer", name: "held", at: undefined },
];

/** The next child has the place, and the old one is stopped. */
export function takeOver(
  model: Model,
  old: Running,
  child: Running,
  at: number,
  policy: Policy,
): Transition {
  const next = keepsContent(replacedBy(model, child), child.baseline, policy);
  return after(
    [
      ...log(messages.childRestarted()),
      ...old.held.flatMap((signal) => forward(child, signal)),
    ],
    then(
      retire(
        next,
        child,
        (alone) =>
          beginStop(alone, old, RETIRE, policy.stopSignal, policy, at, []),
      ),
      [...keep(policy, child.baseline), LOOK],
    ),
  );
}

const replacedBy = (model: Model, { baseline }: Running): Model => ({
  ...model,
  reloads: model.reloads + 1,
  latest: baseline,
});

/** The next child will not do: it goes, and its content is left alone. */
export function fail(
  model: Model,
  old: Running,
  child: Running,
  at: number,
  lines: readonly Message[],
  end: (alone: Model) => Transition,
  policy: Policy,
): Transition {
  const { baseline: candidate } = child;
  const pending = { kind: "rejected", candidate, at } as const;
  const counted = { ...model, rejections: model.rejections + 1 };
  return after(
    [...DISARM_FRESH, ...log(...lines)],
    then(
      retire(counted, { ...old, pending }, end),
      [
        ...activate(policy, old.baseline),
        ...keep(
          policy,
          old.baseline,
          old.given,
          model.good,
          child.baseline,
        ),
        ...readinessTimer(old, policy),
        LOOK,
      ],
    ),
  );
}

/** The old one ended by itself: the next one has the place, ready or not. */
export function oldGone(
  model: Model,
  old: Running,
  child: Running,
  status: ExitStatus,
  policy: Policy,
): Transition {
  const ready = child.readiness.kind === "ready";
  const next = replacedBy(model, child);
  return after(
    [
      { kind: "timer", name: "drain", at: undefined },
      ...log(
        ready ? messages.childRestarted() : reloads.overlapOldGone(old.pid),
      ),
      ...(ready ? old.held.flatMap((signal) => forward(child, signal)) : []),
    ],
    then(
      retire(
        ready ? keepsContent(next, child.baseline, policy) : next,
        ready ? child : { ...child, held: child.held.reduce(hold, old.held) },
        (alone) => beginSweep(alone, old, status, RETIRE, policy, []),
      ),
      [...(ready ? keep(policy, child.baseline) : []), LOOK],
    ),
  );
}

/** The old child for the goal, the next one beside it. */
export function stopBoth(
  model: Model,
  { old, fresh }: Overlapping,
  goal: Goal,
  signal: Signal,
  at: number,
  policy: Policy,
  lines: readonly Message[],
): Transition {
  const main = (from: Model) =>
    beginStop(from, old, goal, signal, policy, at, lines);
  if (fresh.kind === "spawning") {
    const stop = { goal, signal };
    const waiting = {
      kind: "overlapping",
      old,
      fresh: { ...fresh, stop },
    } as const;
    return enter(model, waiting, log(...lines));
  }
  const { child } = fresh;
  const first = main(model);
  return after(
    [...DISARM_FRESH, ...first.effects],
    retire(
      first.model,
      first.model.state,
      (alone) => beginStop(alone, child, RETIRE, signal, policy, at, []),
    ),
  );
}
