/** Whether a step has put content into effect without a restart. Pure. */
import type { Fingerprint } from "../../../core/vocabulary/fingerprint.ts";
import type { Actions, Running } from "../../../core/vocabulary/state.ts";
import type { TakenStep } from "../../../core/vocabulary/taken_step.ts";

/** Content that a running child was told of, or with the action `none` was not. */
export interface Told {
  readonly action: string;
  readonly content: Fingerprint;
  readonly child: Running;
}

/** Undefined where nothing was put into effect, or only by a restart. */
export function toldIn({ before, after }: TakenStep): Told | undefined {
  const { state: was } = before;
  const { state: child } = after;
  if (was.kind !== "running" || child.kind !== "running") return undefined;
  if (was.run !== child.run || after.reloads === before.reloads) {
    return undefined;
  }
  return { action: actionOf(was, child), content: child.baseline, child };
}

/** The kinds of the actions in their order, each once: `signal`, or `exec+http`. */
export const actionName = (actions: Actions): string =>
  [...new Set(actions.map(({ kind }) => kind))].join("+");

/** Signals, and `none`, may take no step of their own; of those two only a signal tells the child anything. */
function actionOf({ pending, given }: Running, child: Running): string {
  if (pending.kind === "acting") return actionName(pending.actions);
  return child.given === given ? "none" : "signal";
}
