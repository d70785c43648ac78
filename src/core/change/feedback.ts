/**
 * Recognises a child that rewrites its own configuration, by what shows it: each
 * reload is followed by a change at about the same, short distance from it. A reload
 * is a start, or whatever else the child is told of new content by.
 * Somebody who edits keeps to a clock of his own: when the quiet window becomes
 * longer, so does the way from his edit to the next reload, and the distance changes.
 * So the window is made longer first, and the child is blamed only if the next
 * change keeps its distance all the same. Pure.
 */
import type { Candidate } from "../vocabulary/state.ts";
import type { Feedback } from "../vocabulary/change.ts";
import type { Policy } from "../vocabulary/policy.ts";

/** A loop whose changes come later is as slow as the longest quiet window makes one. */
export const FEEDBACK_MAX_MS = 5_000;
/** Distances that differ by no more are about the same: a child needs longer to start on a busy machine. */
const TOLERANCE_MS = 400;
/** This many repetitions are nothing special: a rollout in steps, or somebody with an editor. */
const REPEATS_FREE = 5;
/** The window grows from this, if `--debounce` is shorter: the first longer one moves a reload by more than the tolerance. */
const WINDOW_MIN_MS = 750;
/** And to this many times that at most. */
const WINDOW_GROWTH_MAX = 10;

export const NO_FEEDBACK: Feedback = { distanceMs: 0, reloads: 0 };

/** How many reloads before had a change at the same distance as this one. */
export function repeatsOf(
  { distanceMs: before, reloads }: Feedback,
  distanceMs: number,
): number {
  const isSame = distanceMs < FEEDBACK_MAX_MS &&
    Math.abs(distanceMs - before) <= TOLERANCE_MS;
  return isSame ? reloads : 0;
}

/**
 * What is known after a reload for a change at this distance. A reload that has
 * none is no answer to the one before, nor does it end the row: an operator has
 * asked for it, or content that has been counted is tried again.
 */
export function withReload(
  feedback: Feedback,
  distanceMs: number | undefined,
): Feedback {
  if (distanceMs === undefined) return feedback;
  if (distanceMs >= FEEDBACK_MAX_MS) return NO_FEEDBACK;
  return { distanceMs, reloads: repeatsOf(feedback, distanceMs) + 1 };
}

/** Whether the quiet window is longer for that many repetitions. */
export const isSuspected = (repeats: number): boolean => repeats > REPEATS_FREE;

/** Whether the distance was kept although a longer window had moved the reload. */
export const isFeedback = (repeats: number): boolean =>
  repeats > REPEATS_FREE + 1;

/**
 * The quiet window after so many repetitions: `--debounce` as a rule; doubled for
 * each one beyond the free ones, so that a child that rewrites its own configuration
 * cannot make the manager restart or signal it in a tight loop. Never longer than
 * `--debounce-max`, or `--debounce` where that is longer.
 */
export function quietWindowMs(
  { debounceMs, debounceMaxMs }: Policy,
  repeats: number,
): number {
  if (!isSuspected(repeats)) return debounceMs;
  const growth = Math.min(2 ** (repeats - REPEATS_FREE), WINDOW_GROWTH_MAX);
  return Math.min(
    Math.max(debounceMs, WINDOW_MIN_MS) * growth,
    Math.max(debounceMs, debounceMaxMs),
  );
}

/** Of content that has been counted, and is tried again by itself: no child answers with it to its start. */
export const withoutDistance = (candidate: Candidate): Candidate => ({
  ...candidate,
  distanceMs: undefined,
});
