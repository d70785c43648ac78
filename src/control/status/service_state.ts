/** What a service manager is told of a manager: whether it starts, is ready, reloads or stops. Pure. */
import { isServing } from "../../core/child/ready_child.ts";
import type { TakenStep } from "../../core/vocabulary/taken_step.ts";
import type { Journal, Phase, ReloadRecord } from "../vocabulary/journal.ts";
import { isEnding } from "../../core/rules/children.ts";

export type ServiceState = "starting" | "ready" | "reloading" | "stopping";

/** What is known after a step. */
export interface Known {
  readonly taken: Pick<TakenStep, "after" | "effects">;
  readonly journal: Pick<Journal, "current" | "unready">;
}

/**
 * `was` is the state before. The first start ends with a child that is ready; one
 * that ends later does not begin it again.
 */
export function serviceStateOf(was: ServiceState, known: Known): ServiceState {
  const { after } = known.taken;
  const { state } = after;
  if (was === "stopping" || isEnding(after)) return "stopping";
  const isStarted = state.kind === "running" && isServing(state);
  if (was === "starting" && !isStarted) return "starting";
  return isReloading(known) ? "reloading" : "ready";
}

/** Also where one that was asked for by a signal has yet to begin. */
function isReloading({ taken, journal }: Known): boolean {
  const { after: { waitingReload }, effects } = taken;
  return waitingReload !== undefined || journal.unready !== undefined ||
    hasBegun(journal.current) ||
    effects.some(({ kind }) => kind === "requestReload");
}

/** A change may be in its quiet window, be held back, or wait for other managers, for long: nothing is done about it yet. */
const BEFORE: ReadonlySet<Phase> = new Set([
  "detect",
  "debounce",
  "wait",
  "fleet",
]);

function hasBegun(reload: ReloadRecord | undefined): boolean {
  if (reload === undefined) return false;
  const { trigger, phases } = reload;
  return trigger === "request" || trigger === "signal" ||
    phases.some(({ phase }) => !BEFORE.has(phase));
}
