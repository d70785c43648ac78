/**
 * Files of the kernel (/proc, /sys), which the runtime's permissions close: read
 * and written through libc. Each call is answered by the kernel at once.
 */
import { pipeCalls } from "./pipe.ts";
import { libcCalls } from "../libc/calls.ts";
import { errnoOf } from "../libc/errno.ts";

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_CLOEXEC = 0o2000000;
const ENOSYS = 38;
const SIZE_MAX_BYTES = 4096;

export const openCalls = libcCalls({
  open: {
    parameters: ["buffer", "i32", "i32"],
    result: { struct: ["i32"] },
  },
});

/** The first 4 KiB of its text; undefined where it cannot be read. */
export function readSmallFile(path: string): string | undefined {
  const text = new Uint8Array(SIZE_MAX_BYTES);
  const { errno, result } = using(
    path,
    O_RDONLY,
    (fd) => Number(pipeCalls()?.read(fd, text, BigInt(text.length)) ?? -1),
  );
  return errno === 0
    ? new TextDecoder().decode(text.subarray(0, result))
    : undefined;
}

/** Writes the text at once; 0, or the number that says why not (errno(3)). */
export function writeSmallFile(path: string, text: string): number {
  const bytes = new TextEncoder().encode(text);
  return using(
    path,
    O_WRONLY,
    (fd) => Number(pipeCalls()?.write(fd, bytes, BigInt(bytes.length)) ?? -1),
  ).errno;
}

function using(
  path: string,
  flags: number,
  work: (fd: number) => number,
): { readonly errno: number; readonly result: number } {
  const open = openCalls()?.open;
  if (open === undefined) return { errno: ENOSYS, result: -1 };
  const name = new TextEncoder().encode(`${path}\0`);
  let fd = -1;
  const opened = errnoOf(() =>
    fd = new Int32Array(open(name, flags | O_CLOEXEC, 0).buffer)[0]
  );
  if (opened !== 0) return { errno: opened ?? ENOSYS, result: -1 };
  let result = -1;
  const errno = errnoOf(() => result = work(fd)) ?? ENOSYS;
  pipeCalls()?.close(fd);
  return { errno, result };
}
