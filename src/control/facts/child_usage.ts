/**
 * What the children use, read from /proc at most so often, with CPU time that
 * only ever grows: a member of a group that ends takes its time with it, which
 * Prometheus would take for a counter that began again.
 */
import { monotonicNow } from "../../host/base/clock.ts";
import { groupUsage, type ResourceUsage } from "../../host/process/usage.ts";

/** Many who ask within this time get the same answer. */
const FRESH_MS = 1_000;
/** Reading takes no more than a hundredth of the time: a group of 500 processes takes 15 ms. */
const SHARE = 100;

/** The use by the groups that these processes lead; CPU time is that of all children so far. */
export type ChildUsage = (
  leaders: readonly number[],
) => ResourceUsage | undefined;

/** One manager's; another clock and another source are for tests. */
export function createChildUsage(
  { now = monotonicNow, read = groupUsage }: {
    readonly now?: () => number;
    readonly read?: (leader: number) => ResourceUsage | undefined;
  } = {},
): ChildUsage {
  let answer: ResourceUsage | undefined;
  let leadersThen = "";
  let freshUntil = -Infinity;
  let cpuSeconds = 0;
  /** What of it is of the present groups, each by its leader. */
  let counted = new Map<number, number>();

  const readAll = (leaders: readonly number[]) => {
    const usages = new Map<number, ResourceUsage>();
    for (const leader of leaders) {
      const usage = read(leader);
      if (usage !== undefined) usages.set(leader, usage);
    }
    const before = counted;
    counted = new Map();
    for (const [leader, usage] of usages) {
      const grown = usage.cpuSeconds - (before.get(leader) ?? 0);
      cpuSeconds += Math.max(0, grown);
      counted.set(leader, usage.cpuSeconds);
    }
    return usages.size === 0
      ? undefined
      : { ...[...usages.values()].reduce(together), cpuSeconds };
  };

  return (leaders) => {
    const key = leaders.join();
    const startedAt = now();
    if (key === leadersThen && startedAt < freshUntil) return answer;
    answer = readAll(leaders);
    leadersThen = key;
    freshUntil = startedAt +
      Math.max(FRESH_MS, SHARE * (now() - startedAt));
    return answer;
  };
}

const together = (one: ResourceUsage, other: ResourceUsage): ResourceUsage => ({
  cpuSeconds: one.cpuSeconds + other.cpuSeconds,
  residentBytes: one.residentBytes + other.residentBytes,
  openDescriptors: one.openDescriptors + other.openDescriptors,
  threads: one.threads + other.threads,
  processes: one.processes + other.processes,
});
