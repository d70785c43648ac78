/** How many descriptors this process may have open (getrlimit(2)). */
import { libcCalls } from "../libc/calls.ts";

export const limitCalls = libcCalls({
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
});

const RLIMIT_NOFILE = 7;

/** Undefined where that is not known. */
export function descriptorLimit(): number | undefined {
  // struct rlimit: the limit in force, and the one up to which it may be raised.
  const limits = new BigUint64Array(new ArrayBuffer(16));
  const result = limitCalls()?.getrlimit(RLIMIT_NOFILE, limits);
  return result === 0 ? Number(limits[0]) : undefined;
}
