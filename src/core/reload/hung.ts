/**
 * The end of a child that hangs (`--live`), and what follows: it counts as a crash,
 * also for the last good content. Pure.
 */
import { judgeCrash } from "../rules/crash.ts";
import { savedContent } from "../childless/start.ts";
import { beginStop } from "../termination/stopping.ts";
import { knowing, type Now, type Transition } from "../transition/moves.ts";
import { restartsExhausted } from "../text/manager.ts";
import { EXIT_HUNG } from "../vocabulary/exit_status.ts";
import type { Message } from "../vocabulary/message.ts";
import type { LivenessRules } from "../vocabulary/settings.ts";
import type { Goal, Running } from "../vocabulary/state.ts";
import { rollback } from "./readiness.ts";

/**
 * The child is stopped without a drain delay: it serves nobody. With content on
 * trial, that is given up as after a crash.
 */
export function endHung(
  now: Now,
  child: Running,
  { action }: LivenessRules,
  line: Message,
): Transition {
  const signal = action.kind === "signal"
    ? action.signal
    : now.policy.stopSignal;
  const failure = { kind: "fault", why: "the child did not answer" } as const;
  const back = rollback(now, child, failure);
  if (back !== undefined) {
    const goal = { ...back.goal, endReason: "liveness" } as const;
    return beginStop(back.now, child, { goal, signal, say: [line, back.line] });
  }
  const { next, goal, say } = whatFollows(now, child, action);
  return beginStop(next, child, { goal, signal, say: [line, ...say] });
}

/** `--live-action restart` is a wish for a restart of its own, whatever `--restart` says; `--max-restarts` counts it. */
function whatFollows(
  now: Now,
  child: Running,
  { kind }: LivenessRules["action"],
): {
  readonly next: Now;
  readonly goal: Goal;
  readonly say: readonly Message[];
} {
  const hung = { next: now, goal: { kind: "hung" }, say: [] } as const;
  if (kind === "exit") return hung;
  const { model, policy: { crash: rules, seed }, at } = now;
  const { run, startedAt, liveness } = child;
  const crash = {
    run,
    status: { kind: "code", code: EXIT_HUNG },
    startedAt,
    wellUntil: liveness?.answeredAt ?? startedAt,
    at,
  } as const;
  const always = { ...rules, restart: "always" } as const;
  const verdict = judgeCrash(crash, model.crashes, always, seed);
  if (verdict.kind === "end") {
    const { max } = rules;
    return max === undefined ? hung : {
      ...hung,
      say: [restartsExhausted(max.count, max.windowMs)],
    };
  }
  return {
    next: knowing(now, { crashes: verdict.history }),
    goal: {
      kind: "revive",
      reason: "liveness",
      waitMs: verdict.waitMs,
      on: savedContent(now.policy, child),
    },
    say: [],
  };
}
