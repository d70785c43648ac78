/** Finds out why a call to libc has failed. */
import { libcCalls } from "./calls.ts";

/**
 * errno belongs to the thread: the first call returns its address, the second
 * one reads it.
 */
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
 * Makes the call. Returns 0, or the errno(3) if the call has returned a
 * negative number; undefined without libc. Rarely, the runtime makes a call of
 * its own before errno is read, and the number is wrong (seen once in 20,000
 * failures).
 */
export function errnoOf(call: () => number): number | undefined {
  // Loading makes calls of its own, so it comes first.
  const calls = errnoCalls();
  if (calls === undefined) return undefined;
  if (call() >= 0) return 0;
  const [address] = new BigUint64Array(calls.__errno_location().buffer);
  const errno = new Int32Array(1);
  calls.memmove(new Uint8Array(errno.buffer), address, 4n);
  return errno[0];
}

/**
 * Returns 0, or the errno of a call that fails. The call is repeated until two
 * failures in a row have the same errno.
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

/** The text of strerror(3): "No such file or directory". */
export function errnoText(errno: number): string {
  const buffer = new Uint8Array(TEXT_BYTES_MAX);
  const result = errnoTextCalls()
    ?.__xpg_strerror_r(errno, buffer, BigInt(buffer.length));
  if (result !== 0) return `errno ${errno}`;
  return new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
}
