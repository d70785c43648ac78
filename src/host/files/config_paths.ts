/** Decides which paths are watched, and resolves them as the kernel does. */
import type { WatchedPath } from "../../core/vocabulary/settings.ts";

/**
 * The kind of a path: `awaited` if it does not exist but was named by the
 * operator, `noop` if it does not exist and was not named.
 */
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

/**
 * The target of a link, or the text of a link that leads nowhere; undefined if
 * the link is gone.
 */
function targetOf(path: string): string | undefined {
  for (const read of [Deno.realPathSync, Deno.readLinkSync]) {
    try {
      return read(path);
    } catch {
      // The link leads nowhere, or was replaced meanwhile.
    }
  }
  return undefined;
}

/**
 * The paths to watch: all but a built-in default that does not exist. A path
 * that the operator has named is watched until it appears.
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
 * its target (path_resolution(7)), while Deno removes `..` from the text. If
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
