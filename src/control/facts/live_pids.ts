/** Which processes lead the groups of the children that may be alive. Pure. */
import type { Model } from "../../core/vocabulary/model.ts";

/** None, one, or two while one child takes the place of another. */
export function livePids({ state, retiring }: Model): readonly number[] {
  // A child for which --after-exit runs has ended.
  const beside = retiring === undefined || retiring.kind === "afterExit"
    ? []
    : [retiring.pid];
  switch (state.kind) {
    case "running":
    case "stopping":
    case "sweeping":
      return [...beside, state.pid];
    case "draining":
      return [...beside, state.child.pid];
    case "overlapping": {
      const { old, next } = state;
      const nextPid = next.kind === "spawning" ? [] : [next.child.pid];
      return [...beside, old.pid, ...nextPid];
    }
    default:
      return beside;
  }
}
