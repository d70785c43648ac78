/** Decides which paths are watched, and resolves them as the kernel does. */
import { isGlob } from "../../core/notation/glob.ts";
import type { Settings, WatchedPath } from "../../core/vocabulary/settings.ts";

import { visibleNames } from "./directory_entries.ts";
import { ENTRIES_MAX } from "./directory_walk.ts";
import { Selection } from "./selection.ts";

/**
 * The kind of a path: `pattern` for names in a directory, `awaited` if it does not exist but was named by the
 * operator, `noop` if it does not exist and was not named.
 */
export type ConfigKind =
  | { readonly kind: "symlink"; readonly target: string }
  | {
    readonly kind: "directory" | "regular" | "special" | "awaited" | "noop";
  }
  | { readonly kind: "pattern"; readonly matches: number };

/** Looks at the path itself, as it is now. */
export function configKindOf(
  { path, named, pattern }: WatchedPath,
  ignore: readonly string[],
): ConfigKind {
  const real = physicalPath(path);
  if (pattern !== undefined) {
    const selection = new Selection(ignore, pattern);
    return { kind: "pattern", matches: countOf(real, selection) };
  }
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

/** How many entries of the directory count. */
function countOf(directory: string, selection: Selection): number {
  try {
    return visibleNames(directory, ENTRIES_MAX)
      .filter((name) => !selection.leavesOut(name, name)).length;
  } catch {
    return 0;
  }
}

/**
 * The same settings, but with the directory and the pattern of each --config that
 * does not exist and whose last part is a pattern. Call it once, before anything
 * else is done with the paths.
 */
export function withPatterns(settings: Settings): Settings {
  const { configs, environmentSources } = settings;
  // A file of variables is one file.
  const count = configs.length - environmentSources.length;
  return {
    ...settings,
    configs: configs.map((config, at) =>
      at < count ? withPattern(config) : config
    ),
  };
}

function withPattern(config: WatchedPath): WatchedPath {
  const { path } = config;
  const at = path.lastIndexOf("/");
  const pattern = path.slice(at + 1);
  if (!isGlob(pattern)) return config;
  if (lstatOrUndefined(physicalPath(path)) !== undefined) return config;
  const directory = at > 0 ? path.slice(0, at) : at === 0 ? "/" : ".";
  return { ...config, path: directory, pattern };
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
