/**
 * How full the file system of a path is: statfs(2). The call runs on a thread of
 * the runtime, because a network file system may not answer.
 */
import { libcCalls } from "../libc/calls.ts";

export const fileSystemCalls = libcCalls({
  statfs: {
    parameters: ["buffer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
});

export interface FileSystem {
  readonly totalBytes: number;
  /** For users other than root. */
  readonly availableBytes: number;
  /** Inodes; both are 0 where the file system has no fixed number of them. */
  readonly files: number;
  readonly freeFiles: number;
}

/** struct statfs on x86-64 and arm64. */
const STATFS_BYTES = 120;
const AT = { blockSize: 8, blocks: 16, available: 32, files: 40, free: 48 };

/** Undefined where it is not known. */
export async function fileSystemOf(
  path: string,
): Promise<FileSystem | undefined> {
  const calls = fileSystemCalls();
  if (calls === undefined) return undefined;
  const name = new TextEncoder().encode(`${path}\0`);
  const result = new Uint8Array(STATFS_BYTES);
  if (await calls.statfs(name, result) !== 0) return undefined;
  const view = new DataView(result.buffer);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const blockSize = number(AT.blockSize);
  return {
    totalBytes: blockSize * number(AT.blocks),
    availableBytes: blockSize * number(AT.available),
    files: number(AT.files),
    freeFiles: number(AT.free),
  };
}
