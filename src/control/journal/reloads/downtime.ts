/** For how long no child ran during a reload. Pure. */
import type { Journal, ReloadRecord } from "../../vocabulary/journal.ts";

/** Adds the time without a child, which the start of one has just ended, to the reload that the start is for. */
export function withDowntime(
  journal: Journal,
  childlessSince: number,
  clock: number,
): Journal {
  const { current } = journal;
  if (current === undefined) return journal;
  const since = Math.max(childlessSince, current.startedClock);
  const { downtimeMs = 0 } = current;
  const known: ReloadRecord = {
    ...current,
    downtimeMs: downtimeMs + clock - since,
  };
  return { ...journal, current: known };
}
