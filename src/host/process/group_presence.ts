/** Finds out whether a process or a process group exists. */
import { errnoOf } from "../libc/errno.ts";
import { libcCalls } from "../libc/calls.ts";

export const killCalls = libcCalls({
  kill: { parameters: ["i32", "i32"], result: { struct: ["i32"] } },
});

const ESRCH = 3;

/**
 * Whether kill(2) finds this process, or this group if the number is negative;
 * zombies count.
 */
export function hasProcess(target: number): boolean {
  // libc comes first, because an error of the runtime takes longer to make than
  // a program takes to start, and every restart waits for this answer to be no.
  const kill = killCalls()?.kill;
  const errno = kill === undefined
    ? undefined
    : errnoOf(() => new Int32Array(kill(target, 0).buffer)[0]);
  if (errno === 0) return true;
  if (errno === ESRCH) return false;
  try {
    // Signal 0 sends nothing (kill(2)); Deno's type only has names.
    Deno.kill(target, 0 as unknown as Deno.Signal);
    return true;
  } catch (error) {
    // A process that we may not signal exists.
    return !(error instanceof Deno.errors.NotFound);
  }
}
