/** Our role as a reaper of orphans. */
import { libcCalls } from "../libc/calls.ts";

const PR_SET_CHILD_SUBREAPER = 36;

const processCalls = libcCalls({
  prctl: {
    parameters: ["i32", "u64", "u64", "u64", "u64"],
    result: "i32",
  },
});

/** Makes orphaned descendants ours to reap (prctl(2)); undefined where there is no libc to ask with. */
export function becomeSubreaper(): "done" | "refused" | undefined {
  const calls = processCalls();
  if (calls === undefined) return undefined;
  const failed = calls.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n);
  return failed ? "refused" : "done";
}
