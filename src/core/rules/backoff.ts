/** How long the wait before the next attempt is. Pure. */
import type { Backoff } from "../vocabulary/settings.ts";

const GROWTH = 2;

/** The wait after so many failures in a row before the latest one. */
export const backoffMs = (
  { firstMs, maxMs }: Backoff,
  failuresBefore: number,
): number => Math.min(firstMs * GROWTH ** failuresBefore, maxMs);
