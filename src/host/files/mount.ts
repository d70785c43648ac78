/** Finds out whether a file can never be replaced, because it is a mount. */
import { libcCalls } from "../libc/calls.ts";

export const statxCalls = libcCalls({
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
});

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_STATS = 0x7ff;
/** Set for the root of a mount since Linux 5.8 (statx(2)). */
const STATX_ATTR_MOUNT_ROOT = 0x2000n;
const ATTRIBUTES_OFFSET = 8;
const STATX_BYTES = 256;

/**
 * Whether a file is a mount by itself, as a Kubernetes subPath and a
 * bind-mounted file are: replacing the source file never shows through such a
 * mount. False if that is not known.
 */
export function isMountedFile(path: string): boolean {
  if (!isFile(path)) return false;
  const calls = statxCalls();
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

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
