/** What is in a watched directory, as the file system tells. Reads no file. */

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
 */
export function namesBelow(directory: string): readonly string[] | undefined {
  try {
    return visibleNames(directory);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** Sorted; without kubelet's own entries (`..data`, `..2026_…`), which the visible names point into. */
export function visibleNames(directory: string): string[] {
  const names: string[] = [];
  for (const { name } of Deno.readDirSync(directory)) {
    if (!name.startsWith("..")) names.push(name);
  }
  return names.sort();
}

/** What kind of thing is there, in words, if it is no file. */
export function describeKind(info: Deno.FileInfo): string {
  if (info.isFifo) return "FIFO";
  if (info.isSocket) return "socket";
  if (info.isDirectory) return "directory";
  return "device";
}
