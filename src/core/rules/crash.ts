/**
 * What follows when the child ends by itself: the manager's own end with its
 * code, or another start after a growing pause. Pure.
 */
import { type ExitStatus, isClean } from "../vocabulary/exit_status.ts";
import type { CrashHistory } from "../vocabulary/model.ts";
import type { CrashPolicy } from "../vocabulary/settings.ts";
import { backoffMs } from "./backoff.ts";
import { fractionOfInt } from "./spread.ts";

/** After a run this long, the next crash counts as the first one again. */
export const HEALTHY_MS = 60_000;
/** Spreads the restarts of replicas that crash at the same time: 0.1 is up to 10 % earlier or later. */
const JITTER = 0.1;

export type CrashDecision =
  | { readonly kind: "end"; readonly exhausted: boolean }
  | {
    readonly kind: "restart";
    readonly waitMs: number;
    readonly history: CrashHistory;
  };

/** A child that ended although nobody had asked it to. */
export interface Crash {
  readonly run: number;
  readonly status: ExitStatus;
  readonly startedAt: number;
  /** Until when it is known to have worked. */
  readonly wellUntil: number;
  readonly at: number;
}

/**
 * Whether the child is started again, and after which wait. `exhausted` is true if
 * only `--max-restarts` forbids it. `seed` differs between managers, so that their
 * waits do too.
 */
export function judgeCrash(
  { run, status, startedAt, wellUntil, at }: Crash,
  history: CrashHistory,
  policy: CrashPolicy,
  seed: number,
): CrashDecision {
  const wanted = policy.restart === "always" ||
    (policy.restart === "on-failure" && !isClean(status));
  if (!wanted) return { kind: "end", exhausted: false };
  const { max } = policy;
  const restartsAt = history.restartsAt.filter((earlier) =>
    max !== undefined && at - earlier < max.windowMs
  );
  if (max !== undefined && restartsAt.length >= max.count) {
    return { kind: "end", exhausted: true };
  }
  const streak = wellUntil - startedAt >= HEALTHY_MS ? 0 : history.streak;
  const { backoffFirstMs: firstMs, backoffMaxMs: maxMs } = policy;
  const waitMs = backoffMs({ firstMs, maxMs }, streak);
  return {
    kind: "restart",
    waitMs: Math.round(waitMs * (1 + JITTER * jitter(seed, run))),
    history: {
      streak: streak + 1,
      restartsAt: max === undefined ? [] : [...restartsAt, at],
    },
  };
}

/** A number from -1 to 1 that looks random and is the same for the same seed and run. */
const jitter = (seed: number, run: number): number =>
  2 * fractionOfInt(seed ^ Math.imul(run, 0x9e3779b9)) - 1;
