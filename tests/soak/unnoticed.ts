/**
 * The limit of docs/limits.md that a soak meets now and then: content that is
 * undone right after a start stays in the child if that has read it. Judges from
 * the log of the manager whether that is what has happened. Pure.
 */
import { STARTED } from "../e2e/harness.ts";
import type { Line } from "../e2e/lines.ts";

/** The manager finds a change in this time, also on a busy machine. */
const FINDING_MS = 1_000;
const DETECTED = "File change detected";
const UNDONE = "File content is the running child's again";

/**
 * Whether all that the manager has found since the start of the latest child is
 * one change and that it was undone; and the child, which had read its
 * configuration at `readAtMs`, may have read it in between.
 */
export function isUndoneAtStart(
  log: readonly Line[],
  readAtMs: number,
): boolean {
  const at = log.findLastIndex(({ text }) => text.includes(STARTED));
  if (at < 0) return false;
  const found = log.slice(at + 1)
    .filter(({ text }) => text.includes(DETECTED) || text.includes(UNDONE));
  return found.length === 2 && found[0].text.includes(DETECTED) &&
    found[1].text.includes(UNDONE) &&
    found[0].atMs < readAtMs + FINDING_MS;
}
