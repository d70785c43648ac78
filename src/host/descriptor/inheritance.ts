/**
 * Lets one child inherit some of our descriptors. At all other times they are
 * close-on-exec, so that a check, probe or action that outlives us does not
 * keep a port open.
 */
import { libcCalls } from "../libc/calls.ts";

const F_SETFD = 2;
const FD_CLOEXEC = 1;

export const descriptorCalls = libcCalls({
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/**
 * The program that `start` starts inherits these descriptors, under the same
 * numbers. `start` must return only after the program was executed, as
 * posix_spawn(3) and the runtime do. No other program inherits them, because
 * all programs are started on this thread. Use it only for sockets that
 * listening_sockets.ts has opened.
 */
export function sharing<T>(descriptors: readonly number[], start: () => T): T {
  setAll(descriptors, 0);
  try {
    return start();
  } finally {
    setAll(descriptors, FD_CLOEXEC);
  }
}

function setAll(descriptors: readonly number[], flags: number): void {
  for (const fd of descriptors) descriptorCalls()?.fcntl(fd, F_SETFD, flags);
}
