/** Which of the paths are watched, and where they are. */
import type { WatchedPath } from "../core/settings.ts";

/**
 * The paths worth watching: all but a built-in default that is not there. What
 * the operator has named is waited for instead.
 */
export function pathsToWatch(
  configs: readonly WatchedPath[],
): readonly WatchedPath[] {
  return configs
    .map((config) => ({ ...config, path: physicalPath(config.path) }))
    .filter(({ path, named }) => named || lstatOrUndefined(path) !== undefined);
}

/**
 * The path as the kernel walks it: `..` behind a symlink leads to the parent of
 * its target (path_resolution(7)), while Deno takes `..` off the text. Where
 * the part before `..` does not exist, the path stays as it is.
 */
export function physicalPath(path: string): string {
  const up = path.lastIndexOf("/../");
  const last = path.endsWith("/..");
  if (up < 0 && !last) return path;
  const [before, after] = last
    ? [path.slice(0, -3), ""]
    : [path.slice(0, up), path.slice(up + 4)];
  try {
    const target = Deno.realPathSync(
      before === "" ? "/" : physicalPath(before),
    );
    const parent = target.slice(0, target.lastIndexOf("/"));
    return `${parent}/${after}`;
  } catch {
    return path;
  }
}

/** What is at a path itself; undefined where nothing is. */
export function lstatOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
