/** Whether a directory that we write to and the paths that we watch are inside one another. */
import { basename, resolve } from "../base/built_in.ts";
import { physicalPath } from "../fingerprint/config_paths.ts";
import { isWithin } from "./tree_copy.ts";

/**
 * Why this directory would change what is watched, or be it; undefined when it
 * lies apart from all of these paths. Looks only.
 */
export function nestingFault(
  directory: string,
  paths: readonly string[],
): string | undefined {
  const home = resolve(physicalPath(directory));
  const own = [home, realPathOf(home)];
  for (const path of paths) {
    const watched = [resolve(path), realPathOf(resolve(path))];
    for (const [at, directory] of own.entries()) {
      if (isWithin(watched[at], directory)) {
        return `the watched path ${path} is inside it`;
      }
      if (isWithin(directory, watched[at])) {
        return `it is inside the watched path ${path}`;
      }
    }
  }
  return undefined;
}

/** What the runtime opens nothing in, for a program without all rights. */
const KERNEL = ["/dev", "/proc", "/sys"];

/** Whether the directory is in a kernel file system, or would be. */
export const isKernels = (directory: string): boolean =>
  [directory, realPathOf(directory)]
    .some((path) => KERNEL.some((one) => isWithin(path, one)));

/** Through links, as far as the path exists. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return resolve(realPathOf(resolve(path, "..")), basename(path));
  }
}
