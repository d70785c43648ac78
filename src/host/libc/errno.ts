/** Why a call to libc has failed. */
import { libcCalls } from "./calls.ts";

/** errno is a thread's own: the first tells its address, the second reads there. */
export const errnoCalls = libcCalls({
  __errno_location: { parameters: [], result: { struct: ["u64"] } },
  memmove: {
    parameters: ["buffer", "u64", "usize"],
    result: { struct: ["u64"] },
  },
});

export const errnoTextCalls = libcCalls({
  __xpg_strerror_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
});

const ATTEMPTS_MAX = 10;
const ENOSYS = 38;
const TEXT_BYTES_MAX = 256;

/**
 * 0, or what a call that returns a negative number has left in errno(3);
 * undefined without libc. The runtime may make a call of its own before we have
 * looked (seen once in 20,000 failures).
 */
export function errnoOf(call: () => number): number | undefined {
  // Before the call: loading makes calls of its own.
  const calls = errnoCalls();
  if (calls === undefined) return undefined;
  if (call() >= 0) return 0;
  const [address] = new BigUint64Array(calls.__errno_location().buffer);
  const errno = new Int32Array(1);
  calls.memmove(new Uint8Array(errno.buffer), address, 4n);
  return errno[0];
}

/**
 * 0, or the errno of a call that fails the same way when it is repeated: a
 * number counts when two in a row are the same.
 */
export function repeatedErrno(call: () => number): number {
  let last = 0;
  for (let count = 0; count < ATTEMPTS_MAX; count++) {
    const errno = errnoOf(call) ?? ENOSYS;
    if (errno === 0 || errno === last) return errno;
    last = errno;
  }
  return last;
}

/** What strerror(3) says of it: "No such file or directory". */
export function errnoText(errno: number): string {
  const buffer = new Uint8Array(TEXT_BYTES_MAX);
  const result = errnoTextCalls()
    ?.__xpg_strerror_r(errno, buffer, BigInt(buffer.length));
  if (result !== 0) return `errno ${errno}`;
  return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
}
