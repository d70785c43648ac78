/**
 * Lists the names in a directory, up to a limit: the runtime always reads the
 * whole directory, which takes a second for 600,000 entries. Uses
 * getdents64(2), or the runtime if libc cannot be loaded.
 */
import { libcCalls } from "../libc/calls.ts";

export const listingCalls = libcCalls({
  open: { parameters: ["buffer", "i32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
});

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const BUFFER_BYTES = 64 * 1024;
/** Offsets in struct linux_dirent64 (getdents64(2)). */
const LENGTH_OFFSET = 16;
const TYPE_OFFSET = 18;
const NAME_OFFSET = 19;
/** Types of entries (readdir(3)); some file systems report only UNKNOWN. */
const UNKNOWN = 0;
const FIFO = 1;

/** The names, and whether they are all names of the directory. */
export interface Listing {
  readonly names: readonly string[];
  readonly complete: boolean;
}

/**
 * At most `maxNames` names, in no order, without `.` and `..`. Leaves out names
 * that are not UTF-8, as the runtime does.
 *
 * @throws {Deno.errors.NotFound | Deno.errors.PermissionDenied | Error} as
 * Deno.readDirSync does
 */
export function listDirectory(path: string, maxNames: number): Listing {
  const names: string[] = [];
  const complete = readEntries(path, (_, name) => {
    const text = name();
    if (text === undefined) return true;
    if (names.length === maxNames) return false;
    names.push(text);
    return true;
  });
  if (complete !== undefined) return { names, complete };
  const all = [...Deno.readDirSync(path)].map(({ name }) => name);
  return { names: all.slice(0, maxNames), complete: all.length <= maxNames };
}

/**
 * Whether there is a FIFO in the directory; `unknown` if it has more than
 * `maxEntries` entries.
 */
export function holdsFifo(
  path: string,
  maxEntries: number,
): boolean | "unknown" {
  let found = false;
  let left = maxEntries;
  const complete = readEntries(path, (type, name) => {
    if (left-- === 0) return false;
    found = type === FIFO ||
      (type === UNKNOWN && isFifo(`${path}/${name() ?? ""}`));
    return !found;
  });
  if (complete === undefined) return holdsFifoByRuntime(path);
  return found || (complete ? false : "unknown");
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Calls `take` for each entry until it returns false. Returns true if it never
 * did, and undefined if the directory cannot be read this way.
 */
function readEntries(
  path: string,
  take: (type: number, name: () => string | undefined) => boolean,
): boolean | undefined {
  const calls = listingCalls();
  if (calls === undefined) return undefined;
  const fd = calls.open(
    new TextEncoder().encode(`${path}\0`),
    O_NONBLOCK | O_CLOEXEC,
  );
  if (fd < 0) return undefined;
  try {
    const buffer = new Uint8Array(BUFFER_BYTES);
    const view = new DataView(buffer.buffer);
    for (;;) {
      const size = Number(calls.getdents64(fd, buffer, BigInt(BUFFER_BYTES)));
      if (size <= 0) return size === 0 ? true : undefined;
      for (let at = 0; at < size;) {
        const length = view.getUint16(at + LENGTH_OFFSET, true);
        const name = () => nameAt(buffer, at + NAME_OFFSET);
        if (!isItself(buffer, at) && !take(buffer[at + TYPE_OFFSET], name)) {
          return false;
        }
        at += length;
      }
    }
  } finally {
    calls.close(fd);
  }
}

const DOT = ".".charCodeAt(0);

/** Whether the entry is `.` or `..`. */
function isItself(buffer: Uint8Array, at: number): boolean {
  const name = at + NAME_OFFSET;
  if (buffer[name] !== DOT) return false;
  return buffer[name + 1] === 0 ||
    (buffer[name + 1] === DOT && buffer[name + 2] === 0);
}

function nameAt(buffer: Uint8Array, from: number): string | undefined {
  try {
    return decoder.decode(buffer.subarray(from, buffer.indexOf(0, from)));
  } catch {
    return undefined;
  }
}

function holdsFifoByRuntime(path: string): boolean {
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isFile || entry.isDirectory || entry.isSymlink) continue;
    if (isFifo(`${path}/${entry.name}`)) return true;
  }
  return false;
}

function isFifo(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFifo === true;
  } catch {
    return false;
  }
}
