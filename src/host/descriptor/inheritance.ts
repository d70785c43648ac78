/**
 * Gives descriptors of ours to one child. Otherwise they are close-on-exec, so
 * that no check, probe or action that outlives us keeps a port open.
 */
import { libcCalls } from "../libc/calls.ts";

const F_SETFD = 2;
const FD_CLOEXEC = 1;

export const descriptorCalls = libcCalls({
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/**
 * What `start` starts has these descriptors too, under the same numbers. It must
 * return only when the program has taken the child's place, as posix_spawn(3)
 * and the runtime do: nothing else of ours is started meanwhile, since that
 * happens on this thread alone. Of sockets that
 * listening_sockets.ts has opened only.
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
