/** Tells a program which watched files differ from what the child before had. */
import { oneLine } from "../../core/notation/one_line.ts";
import {
  type ChangedPath,
  listOf,
  pathsWithNews,
} from "../../core/vocabulary/changed_paths.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";

/** One variable may have 128 KiB (execve(2)); a character has up to three bytes. */
const LIMITS = { entries: 100, chars: 32 * 1024 };

/**
 * FLUSH_MANAGER_CHANGED: the absolute paths of the files that were changed, added
 * or removed, a line each, without a line feed at the end. A directory stands for
 * itself if its entries are not known, are more than 100, or have a line feed in a
 * name. Empty before the first child, and where nothing differs. `watched` are the
 * absolute paths, in the order of the contents.
 */
export function changedVariable(
  watched: readonly string[],
  previous: Fingerprint | undefined,
  content: Fingerprint,
): { FLUSH_MANAGER_CHANGED: string } {
  const changed = previous === undefined
    ? []
    : pathsWithNews(watched, previous, content);
  const list = listOf(changed.map(onLines), LIMITS);
  return { FLUSH_MANAGER_CHANGED: list.join("\n") };
}

const onLines = ({ path, entries }: ChangedPath): ChangedPath => ({
  path: path.includes("\n") ? oneLine(path) : path,
  entries: entries.some(({ label }) => label.includes("\n")) ? [] : entries,
});
