/** Which action a change asks for. Pure. */
import { againstBase, type Fingerprint } from "./fingerprint.ts";
import type { Policy } from "./policy.ts";
import type { Action } from "./settings.ts";

/** Weakest first: what a stronger one does includes what a weaker one would. */
const STRENGTHS: readonly Action["kind"][] = [
  "none",
  "signal",
  "http",
  "exec",
  "restart",
];

/** The strongest action among those of the paths that differ; `--on-change` where no path has one of its own. */
export function actionFor(
  before: Fingerprint,
  seen: Fingerprint,
  { configs, onChange }: Pick<Policy, "configs" | "onChange">,
): Action {
  const actions = configs.flatMap(({ action }, at) =>
    differs(before, seen, at) ? [action ?? onChange] : []
  );
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
