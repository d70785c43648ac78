/**
 * Reads regular files, and only those: between a look at a path and its opening
 * another file may have taken the place. So it is opened with O_NONBLOCK, which
 * for a FIFO does not wait for a writer, and what was opened is looked at
 * (fstat) before anything is read.
 */
import type { Stats } from "node:fs";
import { nodeFs } from "../base/built_in.ts";
import { newDigest } from "../base/digest.ts";
import type { MaybeAsync } from "../base/maybe_async.ts";
import type { Metadata } from "./metadata.ts";

/** Larger files are read piece by piece, with turns of the event loop between the pieces. */
export const LARGE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** What was read, and what the open file was before. */
export interface Reading {
  readonly digest: string;
  readonly info: Metadata;
}

/** Every piece is hashed before the next one is read. */
const chunk = new Uint8Array(CHUNK_BYTES);

/**
 * The SHA-256 of a file. Undefined if it became longer while it was read, and
 * more was there than it had, or than LARGE_BYTES. `breathe` is called between
 * the pieces of a large file, with the bytes read since.
 *
 * @throws {Deno.errors.NotFound} also where there is no regular file any more
 */
export function* readRegularFile(
  path: string,
  breathe: (bytes: number) => MaybeAsync<void>,
): MaybeAsync<Reading | undefined> {
  const { closeSync, readSync } = nodeFs();
  const { fd, stats } = open(path);
  try {
    const large = stats.size > LARGE_BYTES;
    const maxBytes = Math.max(stats.size, LARGE_BYTES);
    const digest = newDigest();
    for (let bytes = 0;;) {
      const length = readSync(fd, chunk);
      if (length === 0) break;
      bytes += length;
      if (bytes > maxBytes) return undefined;
      digest.update(chunk.subarray(0, length));
      if (large) yield* breathe(length);
    }
    return { digest: digest.digest("hex"), info: stats };
  } finally {
    closeSync(fd);
  }
}

/**
 * The bytes of a file, at once: at most so many, and one more where it has more.
 *
 * @throws {Deno.errors.NotFound} also where there is no regular file any more
 */
export function readSmallFile(
  path: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const { closeSync, readSync } = nodeFs();
  const { fd } = open(path);
  try {
    const bytes = new Uint8Array(maxBytes + 1);
    for (let length = 0;;) {
      const more = readSync(fd, bytes.subarray(length));
      length += more;
      if (more === 0) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

/** A regular file, for reading. */
function open(path: string): { readonly fd: number; readonly stats: Stats } {
  const { closeSync, fstatSync } = nodeFs();
  const fd = openAny(path);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw new Deno.errors.NotFound("is no regular file");
}

/** The runtime's own errors in place of those of node:fs. */
function openAny(path: string): number {
  try {
    const { constants, openSync } = nodeFs();
    const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    if (code === "ENOENT" || code === "ENXIO" || code === "ENOTDIR") {
      throw new Deno.errors.NotFound(message, { cause });
    }
    if (code === "EACCES" || code === "EPERM") {
      throw new Deno.errors.PermissionDenied(message, { cause });
    }
    throw cause;
  }
}
