/** What is in a watched directory, as the file system tells. Reads no file. */
import { listDirectory } from "./directory_listing.ts";

/** What an entry leads to, or why that cannot be told; then only the name counts. */
export type Entry = Deno.FileInfo | "missing" | "unreadable";

/** An entry of a directory; a link that leads nowhere, or round in circles, is one of its own kind. */
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
 * What is in a directory below a watched one; undefined where we may not know,
 * which is no fault of the watched one: every ext4 volume has a lost+found of
 * root's.
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

/** There are more entries than are looked at. */
export class TooMany extends Error {}

/**
 * Sorted; without kubelet's own entries (`..data`, `..2026_…`), which the visible names point into.
 *
 * @throws {TooMany} where there are more than so many
 */
export function visibleNames(directory: string, maxNames: number): string[] {
  const { names, complete } = listDirectory(directory, maxNames);
  if (!complete) throw new TooMany();
  return names.filter((name) => !name.startsWith("..")).sort();
}

/** What kind of thing is there, in words, if it is no file. */
export function describeKind(info: Deno.FileInfo): string {
  if (info.isFifo) return "FIFO";
  if (info.isSocket) return "socket";
  if (info.isDirectory) return "directory";
  return "device";
}
