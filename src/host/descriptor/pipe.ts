/** Pipes of ours, and what is read from and written to descriptors. */
import { libcCalls } from "../libc/calls.ts";

const O_CLOEXEC = 0o2000000;

export const pipeCalls = libcCalls({
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
});

/** The reading and the writing end, close-on-exec; undefined where there is no libc or no descriptor left. */
export function makePipe(): [number, number] | undefined {
  const ends = new Int32Array(2);
  if (pipeCalls()?.pipe2(ends, O_CLOEXEC) !== 0) return undefined;
  return [ends[0], ends[1]];
}
