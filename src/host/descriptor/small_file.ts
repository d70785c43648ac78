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
  const text = new Uint8Array(SIZE_MAX_BYTES);
  const { errno, result } = using(
    path,
    O_RDONLY,
    (calls, fd) => calls.read(fd, text, BigInt(text.length)),
  );
  return errno === 0
    ? new TextDecoder().decode(text.subarray(0, result))
    : undefined;
}

/** Writes the text; returns 0, or the errno(3) of the failure. */
export function writeSmallFile(path: string, text: string): number {
  const bytes = new TextEncoder().encode(text);
  return using(
    path,
    O_WRONLY,
    (calls, fd) => calls.write(fd, bytes, BigInt(bytes.length)),
  ).errno;
}

type OpenCalls = NonNullable<ReturnType<typeof openCalls>>;

function using(
  path: string,
  flags: number,
  work: (calls: OpenCalls, fd: number) => Uint8Array<ArrayBuffer>,
): { readonly errno: number; readonly result: number } {
  const calls = openCalls();
  if (calls === undefined) return { errno: ENOSYS, result: -1 };
  const name = new TextEncoder().encode(`${path}\0`);
  let fd = -1;
  const opened = errnoOf(() =>
    fd = new Int32Array(calls.open(name, flags | O_CLOEXEC, 0).buffer)[0]
  );
  if (opened !== 0) return { errno: opened ?? ENOSYS, result: -1 };
  let result = -1;
  const errno =
    errnoOf(() =>
      result = Number(new BigInt64Array(work(calls, fd).buffer)[0])
    ) ?? ENOSYS;
  calls.close(fd);
  return { errno, result };
}
