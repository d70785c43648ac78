/** Which of the paths are watched, and where they are. */
import type { WatchedPath } from "../../core/vocabulary/settings.ts";

/** What a path is; `awaited` if it is not there but was named. */
export type ConfigKind =
  | { readonly kind: "symlink"; readonly target: string }
  | {
    readonly kind: "directory" | "regular" | "special" | "awaited" | "noop";
  };

/** Looks at the path itself, as it is now. */
export function configKindOf({ path, named }: WatchedPath): ConfigKind {
  const real = physicalPath(path);
  const info = lstatOrUndefined(real);
  const target = info?.isSymlink ? targetOf(real) : undefined;
  if (target !== undefined) return { kind: "symlink", target };
  if (info === undefined) return { kind: named ? "awaited" : "noop" };
  if (info.isDirectory) return { kind: "directory" };
  return { kind: info.isFile ? "regular" : "special" };
}

/** Where a link leads, or, where that is nowhere, at least what it says; undefined once it is gone. */
function targetOf(path: string): string | undefined {
  for (const read of [Deno.realPathSync, Deno.readLinkSync]) {
    try {
      return read(path);
    } catch {
      // Dangling, or replaced meanwhile.
    }
  }
  return undefined;
}

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

function lstatOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
