/** Which directories are watched for the paths of the configuration, and which names in them count. */
import { basename, dirname, resolve } from "../base/built_in.ts";
import type { WatchedPath } from "../../core/vocabulary/settings.ts";

/**
 * A directory is watched itself; any other path is watched through the
 * directory that holds its name.
 */
export function namesByDirectory(
  configs: readonly WatchedPath[],
): Map<string, Set<string> | "all"> {
  const byDirectory = new Map<string, Set<string> | "all">();
  for (const { path } of configs) {
    const full = resolve(path);
    if (isDirectory(full)) {
      byDirectory.set(full, "all");
      continue;
    }
    const directory = dirname(full);
    const names = byDirectory.get(directory) ?? new Set<string>();
    if (names !== "all") names.add(basename(full));
    byDirectory.set(directory, names);
  }
  return byDirectory;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
