/** What the goal of a child's end means for the manager. Pure. */
import type { Goal } from "../vocabulary/state.ts";

/** Whether the manager goes on without this child: with the next one, or without any until one is asked for. */
export const keepsManager = ({ kind }: Goal): boolean =>
  kind === "restart" || kind === "revive" || kind === "halt";

/** Whether the manager ends when the child has. */
export const endsManager = ({ kind }: Goal): boolean =>
  kind === "shutdown" || kind === "follow" || kind === "hung" ||
  kind === "bug";

/** Whether nobody has asked the manager to end, although it ends with its child. */
export const endsUnasked = ({ kind }: Goal): boolean =>
  kind === "follow" || kind === "hung";
