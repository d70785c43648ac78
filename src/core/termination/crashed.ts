/** The child ended by itself, and the crash policy decides what follows. Pure. */
import { judgeCrash } from "../rules/crash.ts";
import type { ExitStatus } from "../vocabulary/exit_status.ts";
import type { Running } from "../vocabulary/state.ts";
import * as messages from "../text/manager.ts";
import { knowing, type Now, type Transition } from "../transition/moves.ts";
import { savedContent } from "../childless/start.ts";
import { beginSweep } from "./stopping.ts";

/** Restarts the child after a pause, or ends with it, once its group has ended. */
export function onCrash(
  now: Now,
  child: Running,
  status: ExitStatus,
): Transition {
  const { model, policy, at } = now;
  const { run, startedAt } = child;
  const crash = { run, status, startedAt, wellUntil: at, at };
  const { crash: { max } } = policy;
  const verdict = judgeCrash(crash, model.crashes, policy.crash, policy.seed);
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
