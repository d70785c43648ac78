/** What is logged of a child that has taken the place of an earlier one, and when. Pure. */
import * as messages from "../text/manager.ts";
import * as reloads from "../text/reload.ts";
import type { Message } from "../vocabulary/message.ts";
import type { Policy } from "../vocabulary/policy.ts";
import type { Reason } from "../vocabulary/state.ts";

/** That a child was started in place of another one. */
const STARTED: Partial<Record<Reason, () => Message>> = {
  crash: messages.childRevived,
  liveness: messages.hungChildReplaced,
  rollback: reloads.rolledBack,
};
/** That it was restarted successfully; with a sign of readiness nobody knows that before the sign. */
const SUCCEEDED: Partial<Record<Reason, () => Message>> = {
  config: messages.childRestarted,
  request: reloads.restartedOnRequest,
};

/** Said as soon as it runs. */
export const linesOnStart = (
  { ready: { sign } }: Pick<Policy, "ready">,
  reason: Reason,
): Message[] => [
  ...linesOf(STARTED, reason),
  ...(sign === undefined ? linesOf(SUCCEEDED, reason) : []),
];

/** Said when it has given its sign. */
export const linesOnSign = (reason: Reason): Message[] =>
  linesOf(SUCCEEDED, reason);

const linesOf = (
  table: Partial<Record<Reason, () => Message>>,
  reason: Reason,
): Message[] => {
  const line = table[reason];
  return line === undefined ? [] : [line()];
};
