/** Why a call to libc has failed. */
import { libc } from "./libc.ts";

type Calls = NonNullable<ReturnType<typeof libc.sockets>>;

const ATTEMPTS_MAX = 10;

/**
 * 0, or the errno of a call that fails the same way when it is repeated. The
 * runtime may make a call of its own before we have looked (seen once in 20,000
 * failures), so a number counts when two in a row are the same.
 */
export function attempt(call: () => number, calls: Calls): number {
  const errno = new Int32Array(1);
  for (let count = 0, last = 0; count < ATTEMPTS_MAX; count++) {
    if (call() >= 0) return 0;
    libc.start()?.memmove(
      new Uint8Array(errno.buffer),
      calls.__errno_location(),
      4n,
    );
    if (errno[0] === last) break;
    last = errno[0];
  }
  return errno[0];
}
