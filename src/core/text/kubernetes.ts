/** The texts for those who look at a pod: its Events and its condition. Part of the same contract as manager.ts. Pure. */
import { warn } from "../vocabulary/message.ts";

export const eventsNotSent = (why: string) =>
  warn(
    "kubernetes_events_not_sent",
    `Cannot send Events of the pod: ${why}; reloads go on without`,
    { why },
  );
export const conditionNotSet = (why: string) =>
  warn(
    "kubernetes_condition_not_set",
    `Cannot set the condition of the pod: ${why}; reloads go on without`,
    { why },
  );

type Detail = string | undefined;

/** So many paths are named. */
const PATHS_MAX = 3;

/** `action` is undefined where the child was not told. */
export const reloaded = (
  paths: readonly string[],
  action: string | undefined,
): string =>
  action === undefined
    ? `New configuration${of(paths)} accepted`
    : `New configuration${of(paths)} in effect by ${action}`;
export const rejected = (paths: readonly string[], detail: Detail): string =>
  `New configuration${of(paths)} rejected${because(detail)}`;
export const rolledBack = (paths: readonly string[], detail: Detail): string =>
  `New configuration${of(paths)} rolled back${because(detail)}`;
export const failed = (paths: readonly string[], detail: Detail): string =>
  `New configuration${of(paths)} not in effect${because(detail)}`;
export const heldBack = (): string =>
  "Changes are held back until an operator resumes them or their time is over";

export const CURRENT = "The program has the newest configuration";
export const NOT_CURRENT = "The newest configuration is not in effect";

const because = (detail: Detail): string =>
  detail === undefined ? "" : `: ${detail}`;

function of(paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const more = paths.length - PATHS_MAX;
  const named = paths.slice(0, PATHS_MAX).join(", ");
  return ` of ${named}${more > 0 ? ` and ${more} more` : ""}`;
}
