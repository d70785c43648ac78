/** Our role as a reaper of orphans. */
import { libc } from "./libc.ts";

const PR_SET_CHILD_SUBREAPER = 36;

/** Makes orphaned descendants ours to reap (prctl(2)); false when that is refused or there is no libc. */
export function becomeSubreaper(): boolean {
  const calls = libc.subreaper();
  return calls !== undefined &&
    calls.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}
