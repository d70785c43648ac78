/** Lists the entries of a watched directory and their kinds. Reads no file. */
import { listDirectory } from "../files/directory_listing.ts";

/**
 * What an entry leads to, or why that is not known; in the latter case only the
 * name counts.
 */
export type Entry = Deno.FileInfo | "missing" | "unreadable";

/**
 * An entry of a directory, through links. A link that leads nowhere is
 * `missing`, and one that leads in a circle is `unreadable`.
 */
export function statEntry(path: string): Entry {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    if (error instanceof Deno.errors.FilesystemLoop) return "unreadable";
    throw error;
  }
}

/**
 * The names in a directory below a watched one; undefined if we may not read
 * it. That is no fault of the watched directory: every ext4 volume has a
 * lost+found that only root may read.
 *
 * @throws {TooMany} as `visibleNames` does
 */
export function namesBelow(
  directory: string,
  maxNames: number,
): readonly string[] | undefined {
  try {
    return visibleNames(directory, maxNames);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** There are more entries than the limit. */
export class TooMany extends Error {}

/**
 * The sorted names, without kubelet's own entries (`..data`, `..2026_…`), to
 * which the links of the other names lead.
 *
 * @throws {TooMany} if there are more than `maxNames`
 */
export function visibleNames(directory: string, maxNames: number): string[] {
  const { names, complete } = listDirectory(directory, maxNames);
  if (!complete) throw new TooMany();
  return names.filter((name) => !name.startsWith("..")).sort();
}

/** The kind of an entry that is not a file, in words. */
export function describeKind(info: Deno.FileInfo): string {
  if (info.isFifo) return "FIFO";
  if (info.isSocket) return "socket";
  if (info.isDirectory) return "directory";
  return "device";
}
