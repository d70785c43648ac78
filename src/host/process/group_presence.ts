/** Whether there is anybody to signal. */
import { errnoOf } from "../libc/errno.ts";
import { libcCalls } from "../libc/calls.ts";

export const killCalls = libcCalls({
  kill: { parameters: ["i32", "i32"], result: { struct: ["i32"] } },
});

const ESRCH = 3;

/** Whether kill(2) finds this process, or this group where the number is negative; zombies count. */
export function hasProcess(target: number): boolean {
  // An error of the runtime takes longer to make than a program to start, and
  // that nobody is left is what every restart waits for.
  const kill = killCalls()?.kill;
  const errno = kill === undefined
    ? undefined
    : errnoOf(() => new Int32Array(kill(target, 0).buffer)[0]);
  if (errno === 0) return true;
  if (errno === ESRCH) return false;
  try {
    // Signal 0 only asks (kill(2)); Deno's type knows names alone.
    Deno.kill(target, 0 as unknown as Deno.Signal);
    return true;
  } catch (error) {
    // Who may not be signalled is there all the same.
    return !(error instanceof Deno.errors.NotFound);
  }
}
