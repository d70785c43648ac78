/** Which action a change asks for. Pure. */
import { againstBase, type Fingerprint } from "../vocabulary/fingerprint.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Action } from "../vocabulary/settings.ts";

/** Weakest first: what a stronger one does includes what a weaker one would. */
const STRENGTHS: readonly Action["kind"][] = [
  "none",
  "signal",
  "http",
  "exec",
  "restart",
];

/**
 * The strongest action among those of the paths that differ; `--on-change` where
 * no path has one of its own. Where none differs, the child may have read other
 * content than it was meant to, of any path: then the strongest of all.
 */
export function actionFor(
  before: Fingerprint,
  seen: Fingerprint,
  { configs, onChange }: Pick<Policy, "configs" | "onChange">,
): Action {
  const moved = configs.filter((_, at) => differs(before, seen, at));
  const actions = moved.length > 0
    ? moved.map(({ action }) => action ?? onChange)
    : [onChange, ...configs.flatMap(({ action }) => action ?? [])];
  return actions.reduce<Action>(
    (strongest, one) => strength(one) > strength(strongest) ? one : strongest,
    actions[0] ?? onChange,
  );
}

const strength = ({ kind }: Action) => STRENGTHS.indexOf(kind);

function differs(before: Fingerprint, seen: Fingerprint, at: number): boolean {
  const print = againstBase(before[at], seen[at]);
  if (print.kind === "fault") return false;
  const earlier = before[at];
  return earlier.kind === "fault" || earlier.identity !== print.identity;
}
