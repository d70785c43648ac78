/** How long a manager waits before it asks the store again. Pure. */

/** The least and the most between two questions of a manager that waits. */
const ASK_MIN_MS = 2_000;
const ASK_MAX_MS = 300_000;
/** A refusal changes only if an operator clears it. */
const REFUSED_MIN_MS = 30_000;
/** The wait is this share of the time for which the manager has waited already: it gets its slot at most that much later than it could. */
const SHARE = 0.1;
/** Each wait is up to this much shorter or longer, so that managers do not ask in step. */
const JITTER = 0.2;
/** After another manager was faster with a write. */
const CONFLICT_MS = 500;

/** `chance` is from 0 (included) to 1 (excluded). */
const jittered = (ms: number, chance: number): number =>
  ms * (1 - JITTER + 2 * JITTER * chance);

const clamp = (ms: number, minMs: number) =>
  Math.min(Math.max(ms * SHARE, minMs), ASK_MAX_MS);

/** Until the next question of a manager that has waited for so long. */
export const askPauseMs = (waitedMs: number, chance: number): number =>
  jittered(clamp(waitedMs, ASK_MIN_MS), chance);

/** The same for content that the fleet has refused. */
export const refusedPauseMs = (waitedMs: number, chance: number): number =>
  jittered(clamp(waitedMs, REFUSED_MIN_MS), chance);

/** Until the next attempt to write what another manager's write has made void. */
export const conflictPauseMs = (chance: number): number =>
  jittered(CONFLICT_MS, chance);

/** A store that asks for a pause gets it, but for no longer than the longest pause of our own. */
export const storePauseMs = (retryAfterMs: number, chance: number): number =>
  Math.min(retryAfterMs, ASK_MAX_MS) * (1 + JITTER * chance);
