/** Which directories are watched for the paths of the configuration, and which names in them count. */
import { basename, dirname, resolve } from "../base/built_in.ts";
import type { WatchedPath } from "../../core/vocabulary/settings.ts";
import { Selection } from "../fingerprint/selection.ts";

/** The names in one directory that count. */
export class WatchedNames {
  readonly #names = new Set<string>();
  readonly #selections: Selection[] = [];

  add(name: string): void {
    this.#names.add(name);
  }

  addAll(selection: Selection): void {
    this.#selections.push(selection);
  }

  /** It is not known what has this name, so that what only directories are ignored for counts. */
  has(name: string): boolean {
    return this.#names.has(name) ||
      this.#selections.some((selection) => !selection.leavesOut(name, name));
  }
}

/**
 * A directory is watched itself; any other path is watched through the
 * directory that holds its name.
 */
export function namesByDirectory(
  configs: readonly WatchedPath[],
  ignore: readonly string[],
): Map<string, WatchedNames> {
  const byDirectory = new Map<string, WatchedNames>();
  for (const { path, pattern } of configs) {
    const full = resolve(path);
    const isWhole = isDirectory(full);
    const directory = isWhole ? full : dirname(full);
    const names = byDirectory.get(directory) ?? new WatchedNames();
    if (isWhole) names.addAll(new Selection(ignore, pattern));
    else names.add(basename(full));
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
