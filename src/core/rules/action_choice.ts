/** Which actions a change asks for. Pure. */
import { againstBase, type Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Action, Gentle } from "../vocabulary/settings.ts";
import type { Signal } from "../vocabulary/signals.ts";
import type { Actions, Candidate, Running } from "../vocabulary/state.ts";

/** How a candidate is put into effect. */
export type Plan =
  /** A new child reads all content anew: the other actions that the changed paths ask for are skipped. */
  | { readonly kind: "restart"; readonly skipped: readonly Gentle[] }
  | { readonly kind: "actions"; readonly actions: Actions };

/**
 * The actions of the paths that differ, or may differ, from what the child has, in
 * the order of the paths, equal ones once. A path without an action of its own has
 * that of `--on-change`. If no path is known to differ, the child may have read
 * other content of any path, so all actions count.
 */
export function planFor(
  { baseline, doubtful }: Pick<Running, "baseline" | "doubtful">,
  seen: Fingerprint,
  { configs, onChange }: Pick<Policy, "configs" | "onChange">,
): Plan {
  const changed = configs.filter((_, at) =>
    doubtful.includes(at) || differs(baseline, seen, at)
  );
  const asked = (changed.length > 0 ? changed : configs)
    .map(({ action }) => action ?? onChange);
  return planOf(changed.length > 0 ? asked : [...asked, onChange]);
}

/** What these actions come to together: `none` adds nothing to others, and a restart replaces them. */
export function planOf(asked: readonly Action[]): Plan {
  const distinct = asked.filter((one, at) =>
    asked.findIndex((other) => isSameAction(one, other)) === at
  );
  const gentle = distinct.filter((one): one is Gentle =>
    one.kind !== "restart" && one.kind !== "none"
  );
  if (distinct.some(({ kind }) => kind === "restart")) {
    return { kind: "restart", skipped: gentle };
  }
  const [first = { kind: "none" }, ...others] = gentle;
  return { kind: "actions", actions: [first, ...others] };
}

/** Actions are plain data, whose keys are always in the same order. */
const isSameAction = (one: Action, other: Action): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** How the candidate is put into effect: an operator who asks for a reload gets a restart. */
export const planOn = (
  child: Pick<Running, "baseline" | "doubtful">,
  { content, requested }: Pick<Candidate, "content" | "requested">,
  policy: Pick<Policy, "configs" | "onChange">,
): Plan =>
  requested
    ? { kind: "restart", skipped: [] }
    : planFor(child, content, policy);

/** The first signal of a plan; a child that cannot receive signals yet would be ended by it. */
export function firstSignalOf(plan: Plan): Signal | undefined {
  if (plan.kind === "restart") return undefined;
  return plan.actions.flatMap((action) =>
    action.kind === "signal" ? [action.signal] : []
  )[0];
}

/** Whether one of the actions that are done has told the child by a signal. */
export const isToldBySignal = (
  { actions, done }: { readonly actions: Actions; readonly done: number },
): boolean => actions.slice(0, done).some(({ kind }) => kind === "signal");

/** The paths of which the child may have either content, if nobody knows whether it has taken in the one that was seen. */
export const pathsInDoubt = (
  { baseline, doubtful }: Pick<Running, "baseline" | "doubtful">,
  seen: Fingerprint,
): readonly number[] => {
  const paths = [...seen.keys()];
  const found = paths.filter((at) =>
    doubtful.includes(at) || differs(baseline, seen, at)
  );
  return found.length > 0 ? found : paths;
};

function differs(before: Fingerprint, seen: Fingerprint, at: number): boolean {
  const print = againstBase(before[at], seen[at]);
  if (print.kind === "fault") return false;
  const earlier = before[at];
  return earlier.kind === "fault" || earlier.identity !== print.identity;
}
