/** Makes pipes, and reads from and writes to descriptors. */
import { libcCalls } from "../libc/calls.ts";

const O_CLOEXEC = 0o2000000;

export const pipeCalls = libcCalls({
  read: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
});

/** The first start waits for a pipe: see `keepThread`. */
export const pipeMakingCalls = libcCalls({
  pipe2: { parameters: ["buffer", "i32"], result: { struct: ["i32"] } },
});

/**
 * Returns the reading and the writing end, both close-on-exec; undefined
 * without libc or without a free descriptor.
 */
export function makePipe(): [number, number] | undefined {
  const ends = new Int32Array(2);
  const result = pipeMakingCalls()?.pipe2(ends, O_CLOEXEC);
  if (result === undefined || new Int32Array(result.buffer)[0] !== 0) {
    return undefined;
  }
  return [ends[0], ends[1]];
}
