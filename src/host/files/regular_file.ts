/**
 * Reads regular files only. Another file may take the place of one between a
 * look at its path and its opening. So a file is opened with O_NONBLOCK, which
 * does not wait for the writer of a FIFO, and the open file is checked with
 * fstat(2) before anything is read.
 */
import type { Stats } from "node:fs";
import { nodeFs } from "../base/built_in.ts";
import { newDigest } from "../base/digest.ts";
import type { MaybeAsync } from "../base/maybe_async.ts";
import type { Metadata } from "./metadata.ts";

/**
 * Larger files are read in pieces, with turns of the event loop between them.
 */
export const LARGE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** The digest, and the metadata that the open file had before it was read. */
export interface Reading {
  readonly digest: string;
  readonly info: Metadata;
}

/** What is at the path is no regular file: to a reader of files, there is none. */
export class NotRegular extends Deno.errors.NotFound {}

/** Shared by all reads: each piece is hashed before the next one is read. */
const chunk = new Uint8Array(CHUNK_BYTES);

/**
 * The SHA-256 of a file. Undefined if the file grew while it was read, and is
 * now longer than both its earlier size and LARGE_BYTES. `breathe` is called
 * between the pieces of a large file, with the bytes read since.
 *
 * @throws {Deno.errors.NotFound} also if there is no regular file any more
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
 * Reads the bytes of a file, without waiting: at most `maxBytes`, and one more
 * if the file is longer.
 *
 * @throws {Deno.errors.NotFound} also if there is no regular file any more
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
  throw new NotRegular("is no regular file");
}

/** The runtime's own errors in place of those of node:fs. */
function openAny(path: string): number {
  try {
    const { constants, openSync } = nodeFs();
    const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    // A socket cannot be opened at all.
    if (code === "ENXIO") throw new NotRegular(message, { cause });
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new Deno.errors.NotFound(message, { cause });
    }
    if (code === "EACCES" || code === "EPERM") {
      throw new Deno.errors.PermissionDenied(message, { cause });
    }
    throw cause;
  }
}
