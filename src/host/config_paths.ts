/** What the watched paths are when the manager starts, for the log and for `check`. */
import * as messages from "../core/start_messages.ts";
import type { Message } from "../core/start_messages.ts";
import type { WatchedPath } from "../core/settings.ts";
import { libc } from "./libc.ts";

/** The line that says what a path is. */
export function describeConfig({ path, named }: WatchedPath): Message {
  const real = physicalPath(path);
  const info = lstatOrUndefined(real);
  if (info === undefined) {
    return named ? messages.configAwaited(path) : messages.configNoop(path);
  }
  if (info.isSymlink) return messages.configIsSymlink(path, targetOf(real));
  if (info.isDirectory) return messages.configIsDirectory(path);
  return messages.configIsRegular(path);
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

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
/** Set for the root of a mount since Linux 5.8 (statx(2)). */
const STATX_ATTR_MOUNT_ROOT = 0x2000n;
const ATTRIBUTES_OFFSET = 8;
const STATX_BYTES = 256;

/**
 * Whether a file is a mount by itself, as a Kubernetes subPath and a
 * bind-mounted file are: replacing the source never shows through it. False
 * where that cannot be told.
 */
export function isMountedFile(path: string): boolean {
  if (lstatOrUndefined(path)?.isFile !== true) return false;
  const calls = libc.statx();
  if (calls === undefined) return false;
  const result = new Uint8Array(STATX_BYTES);
  const failed = calls.statx(
    AT_FDCWD,
    new TextEncoder().encode(`${path}\0`),
    AT_SYMLINK_NOFOLLOW,
    STATX_BASIC_STATS,
    result,
  );
  if (failed) return false;
  const attributes = new DataView(result.buffer)
    .getBigUint64(ATTRIBUTES_OFFSET, true);
  return (attributes & STATX_ATTR_MOUNT_ROOT) !== 0n;
}

function lstatOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function targetOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Dangling: say at least where it points.
    return Deno.readLinkSync(path);
  }
}
