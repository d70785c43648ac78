/** The child ended by itself, and the crash policy decides what follows. Pure. */
import { judgeCrash } from "../rules/crash.ts";
import type { ExitStatus } from "../vocabulary/exit_status.ts";
import type { Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { knowing, type Now, type Transition } from "../transition/moves.ts";
import { savedContent } from "../childless/start.ts";
import { beginSweep } from "./stopping.ts";

const judge = (
  { model, policy, at }: Now,
  { run, startedAt }: Running,
  status: ExitStatus,
) =>
  judgeCrash(
    { run, status, startedAt, wellUntil: at, at },
    model.crashes,
    policy.crash,
    policy.seed,
  );

/** Whether the manager ends with such a child. */
export const endsUs = (
  now: Now,
  child: Running,
  status: ExitStatus,
): boolean => judge(now, child, status).kind !== "restart";

/** Restarts the child after a pause, or ends with it, once its group has ended. */
export function onCrash(
  now: Now,
  child: Running,
  status: ExitStatus,
): Transition {
  const { policy } = now;
  const { crash: { max } } = policy;
  const verdict = judge(now, child, status);
  if (verdict.kind === "restart") {
    const { waitMs, history } = verdict;
    const on = savedContent(policy, child);
    const goal = { kind: "revive", reason: "crash", waitMs, on } as const;
    return beginSweep(knowing(now, { crashes: history }), child, status, goal);
  }
  const lines = verdict.exhausted && max !== undefined
    ? [messages.restartsExhausted(max.count, max.windowMs)]
    : [];
  return beginSweep(now, child, status, { kind: "follow" }, ...lines);
}
