/**
 * Reads and writes files of the kernel (/proc, /sys) through libc, because the
 * runtime's permissions forbid them. The kernel answers each call at once.
 */
import { libcCalls } from "../libc/calls.ts";
import { errnoOf } from "../libc/errno.ts";

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_CLOEXEC = 0o2000000;
const ENOSYS = 38;
const SIZE_MAX_BYTES = 4096;

/** The first start waits for these calls. */
export const openCalls = libcCalls({
  open: {
    parameters: ["buffer", "i32", "i32"],
    result: { struct: ["i32"] },
  },
  read: {
    parameters: ["i32", "buffer", "usize"],
    result: { struct: ["i64"] },
  },
  write: {
    parameters: ["i32", "buffer", "usize"],
    result: { struct: ["i64"] },
  },
  close: { parameters: ["i32"], result: { struct: ["i32"] } },
});

/** The first 4 KiB of the file's text; undefined if it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  const calls = openCalls();
  if (calls === undefined) return undefined;
  const fd = open(calls, path, O_RDONLY);
  if (fd < 0) return undefined;
  const text = new Uint8Array(SIZE_MAX_BYTES);
  const length = sizeIn(calls.read(fd, text, BigInt(text.length)));
  calls.close(fd);
  return length < 0
    ? undefined
    : new TextDecoder().decode(text.subarray(0, length));
}

/** The file's text up to so many bytes; undefined if it cannot be read. */
export function readKernelFile(
  path: string,
  maxBytes: number,
): string | undefined {
  const calls = openCalls();
  if (calls === undefined) return undefined;
  const fd = open(calls, path, O_RDONLY);
  if (fd < 0) return undefined;
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(Math.min(SIZE_MAX_BYTES, maxBytes));
  let text = "";
  let left = maxBytes;
  for (;;) {
    const wanted = BigInt(Math.min(left, chunk.length));
    const count = sizeIn(calls.read(fd, chunk, wanted));
    if (count <= 0) {
      calls.close(fd);
      return count < 0 ? undefined : text + decoder.decode();
    }
    left -= count;
    text += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}

/** Writes the text; returns 0, or the errno(3) of the failure. */
export function writeSmallFile(path: string, text: string): number {
  const calls = openCalls();
  if (calls === undefined) return ENOSYS;
  let fd = -1;
  const opened = errnoOnFailure(() => fd = open(calls, path, O_WRONLY));
  if (opened !== 0) return opened;
  const bytes = new TextEncoder().encode(text);
  const written = errnoOnFailure(() =>
    sizeIn(calls.write(fd, bytes, BigInt(bytes.length)))
  );
  calls.close(fd);
  return written;
}

type OpenCalls = NonNullable<ReturnType<typeof openCalls>>;

function open(calls: OpenCalls, path: string, flags: number): number {
  const name = new TextEncoder().encode(`${path}\0`);
  return new Int32Array(calls.open(name, flags | O_CLOEXEC, 0).buffer)[0];
}

/** A ssize_t. */
const sizeIn = (result: Uint8Array<ArrayBuffer>): number =>
  Number(new BigInt64Array(result.buffer)[0]);

/** What has failed is done once more for its errno: no start waits for the calls that tell it to be loaded. */
const errnoOnFailure = (call: () => number): number =>
  call() >= 0 ? 0 : errnoOf(call) ?? ENOSYS;
