/**
 * Reads what the kernel reports about processes and sockets under /proc. Uses
 * libc, because the runtime opens nothing there for a program without all
 * permissions. Knows the formats of the files, but not what their content means
 * for a child.
 */
import { libcCalls } from "../libc/calls.ts";
import { pipeCalls } from "../descriptor/pipe.ts";

export const procCalls = libcCalls({
  open: { parameters: ["buffer", "i32"], result: "i32" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "i64" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "i64" },
});

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const CHUNK_BYTES = 16_384;
/** The longest target that is of interest is like "socket:[1234567]". */
const TARGET_BYTES_MAX = 64;
/** PATH_MAX: the kernel tells no longer path. */
const PATH_BYTES_MAX = 4_096;
/**
 * Offsets in struct linux_dirent64: inode, offset, length of the record, type,
 * name.
 */
const DIRENT = { lengthAt: 16, nameAt: 19 } as const;

/**
 * The pieces of a text file, in order. Each is read only when it is asked for.
 * Undefined if the file cannot be opened.
 */
export function readPieces(path: string): Iterable<string> | undefined {
  const fd = openFile(path);
  return fd === undefined ? undefined : piecesOf(fd);
}

function* piecesOf(fd: number): Generator<string, void, unknown> {
  const chunk = newBuffer(CHUNK_BYTES);
  try {
    for (;;) {
      const size = Number(
        pipeCalls()?.read(fd, chunk, BigInt(CHUNK_BYTES)) ?? 0n,
      );
      if (size <= 0) return;
      yield latin1.decode(chunk.subarray(0, size));
    }
  } finally {
    pipeCalls()?.close(fd);
  }
}

/** The whole text of a short file; undefined if it cannot be opened. */
export function readText(path: string): string | undefined {
  const pieces = readPieces(path);
  return pieces === undefined ? undefined : [...pieces].join("");
}

/** As much of a file as the buffer holds, for what is read often; undefined where it cannot be read. */
export function readInto(
  buffer: Uint8Array<ArrayBuffer>,
  path: string,
): string | undefined {
  const fd = openFile(path);
  if (fd === undefined) return undefined;
  const size = Number(
    pipeCalls()?.read(fd, buffer, BigInt(buffer.length)) ?? -1n,
  );
  pipeCalls()?.close(fd);
  return size < 0 ? undefined : latin1.decode(buffer.subarray(0, size));
}

/** The names in a directory; undefined where it cannot be opened. Reads no further when there are `enough`. */
export function namesIn(
  path: string,
  enough = Infinity,
): string[] | undefined {
  const fd = openFile(path);
  if (fd === undefined) return undefined;
  const names: string[] = [];
  const chunk = newBuffer(CHUNK_BYTES);
  try {
    for (;;) {
      const size = Number(
        procCalls()?.getdents64(fd, chunk, BigInt(CHUNK_BYTES)) ?? -1n,
      );
      // The process has ended while its directory was read.
      if (size < 0) return undefined;
      if (size === 0 || names.length >= enough) return names;
      names.push(...namesOf(chunk.subarray(0, size)));
    }
  } finally {
    pipeCalls()?.close(fd);
  }
}

function* namesOf(records: Uint8Array): Generator<string> {
  const view = new DataView(records.buffer, 0, records.length);
  for (let at = 0; at < records.length;) {
    const length = view.getUint16(at + DIRENT.lengthAt, true);
    const name = records.subarray(at + DIRENT.nameAt, at + length);
    yield latin1.decode(name.subarray(0, name.indexOf(0)));
    at += length;
  }
}

/** The beginning of a link's target; undefined if it cannot be read. */
export function linkTarget(path: string): string | undefined {
  const target = targetOf(path, TARGET_BYTES_MAX);
  return target === undefined ? undefined : latin1.decode(target);
}

/** The whole path that a link leads to; undefined if it cannot be read. */
export function linkedPath(path: string): string | undefined {
  const target = targetOf(path, PATH_BYTES_MAX);
  return target === undefined ? undefined : new TextDecoder().decode(target);
}

function targetOf(path: string, maxBytes: number): Uint8Array | undefined {
  const target = newBuffer(maxBytes);
  const size = Number(
    procCalls()?.readlink(cString(path), target, BigInt(maxBytes)) ?? -1n,
  );
  return size < 0 ? undefined : target.subarray(0, size);
}

function openFile(path: string): number | undefined {
  const fd = procCalls()?.open(cString(path), O_NONBLOCK | O_CLOEXEC) ?? -1;
  return fd < 0 ? undefined : fd;
}

const latin1 = new TextDecoder("latin1");

const cString = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const buffer = newBuffer(bytes.length);
  buffer.set(bytes);
  return buffer;
};

/**
 * An array with a buffer of its own, because V8 moves the contents of a small
 * array.
 */
const newBuffer = (bytes: number) => new Uint8Array(new ArrayBuffer(bytes));
