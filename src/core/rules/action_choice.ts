/** Which action a change asks for. Pure. */
import { againstBase, type Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Action } from "../vocabulary/settings.ts";
import type { Candidate, Running } from "../vocabulary/state.ts";

/** Weakest first. A stronger action does all that a weaker one would. */
const STRENGTHS: readonly Action["kind"][] = [
  "none",
  "signal",
  "http",
  "exec",
  "restart",
];

/**
 * The strongest of the actions of the paths that differ, or may differ, from what
 * the child has; a path without an action of its own has that of `--on-change`. If
 * there is none, the child may have read other content of any path, so it is the
 * strongest of all actions.
 */
export function actionFor(
  { baseline, doubtful }: Pick<Running, "baseline" | "doubtful">,
  seen: Fingerprint,
  { configs, onChange }: Pick<Policy, "configs" | "onChange">,
): Action {
  const changed = configs.filter((_, at) =>
    doubtful.includes(at) || differs(baseline, seen, at)
  );
  const actions = changed.length > 0
    ? changed.map(({ action }) => action ?? onChange)
    : [onChange, ...configs.flatMap(({ action }) => action ?? [])];
  return actions.reduce<Action>(
    (strongest, one) => strength(one) > strength(strongest) ? one : strongest,
    actions[0] ?? onChange,
  );
}

/** How the candidate is put into effect: an operator who asks for a reload gets a restart. */
export const actionOn = (
  child: Pick<Running, "baseline" | "doubtful">,
  { content, requested }: Pick<Candidate, "content" | "requested">,
  policy: Pick<Policy, "configs" | "onChange">,
): Action =>
  requested ? { kind: "restart" } : actionFor(child, content, policy);

const strength = ({ kind }: Action) => STRENGTHS.indexOf(kind);

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
