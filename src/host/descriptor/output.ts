/**
 * Writes without waiting and without a thread. Where the kernel gives no new
 * thread (pids.max, RLIMIT_NPROC), the runtime's own writes abort the process,
 * because each needs a thread of its pool.
 */
import { errnoCalls, errnoOf } from "../libc/errno.ts";
import { libcCalls } from "../libc/calls.ts";

/**
 * A pipe takes a write of up to this many bytes as a whole or not at all
 * (pipe(7)).
 */
const PIPE_BUF = 4096;
const POLLOUT = 4;
const RWF_NOWAIT = 8;
const F_GETPIPE_SZ = 1032;
/** As an offset of pwritev2(2): the descriptor's own position. */
const CURRENT = -1n;

const EAGAIN = 11;
const EINVAL = 22;
const EPIPE = 32;
const ENOSYS = 38;
const EOPNOTSUPP = 95;

export const outputCalls = libcCalls({
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: { struct: ["i32"] },
  },
  pwritev2: {
    parameters: ["i32", "buffer", "i32", "i64", "i32"],
    result: { struct: ["i64"] },
  },
  fcntl: { parameters: ["i32", "i32", "i32"], result: { struct: ["i32"] } },
});

/** A descriptor to write to: a pipe, with or without a reader, or a file. */
export class Output {
  readonly #fd: number;
  /** RWF_NOWAIT for a pipe, unless the kernel does not support it. */
  #flags: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Writes up to PIPE_BUF of the bytes and returns how many; undefined without
   * libc. Throws the errors of the runtime's write: WouldBlock if there is no
   * room now, BrokenPipe if the reader is gone, another Error otherwise.
   *
   * Another writer of the same pipe may take the room that poll(2) has
   * reported, before this write. With RWF_NOWAIT (Linux 6.5) the write then
   * fails with WouldBlock. On an older kernel it waits for the reader.
   */
  write(bytes: Uint8Array<ArrayBuffer>): number | undefined {
    const calls = outputCalls();
    const copy = errnoCalls()?.memmove;
    if (calls === undefined || copy === undefined) return undefined;
    const entry = new Int32Array(new ArrayBuffer(8));
    entry.set([this.#fd, POLLOUT]);
    const [ready] = new Int32Array(calls.poll(entry, 1n, 0).buffer);
    if (ready === 0) throw new Deno.errors.WouldBlock("no room");
    const part = bytes.subarray(0, PIPE_BUF);
    const [base] = new BigUint64Array(copy(part, 0n, 0n).buffer);
    const vector = new BigUint64Array([base, BigInt(part.length)]);
    let written = 0;
    const attempt = (flags: number) =>
      errnoOf(() => {
        const result = calls.pwritev2(this.#fd, vector, 1, CURRENT, flags);
        written = Number(new BigInt64Array(result.buffer)[0]);
        return written;
      });
    this.#flags ??= this.#isPipe() ? RWF_NOWAIT : 0;
    let errno = attempt(this.#flags);
    if (errno === EOPNOTSUPP || errno === EINVAL || errno === ENOSYS) {
      this.#flags = 0;
      errno = attempt(0);
    }
    if (errno === 0) return written;
    if (errno === EAGAIN) throw new Deno.errors.WouldBlock("no room");
    if (errno === EPIPE) throw new Deno.errors.BrokenPipe("nobody reads");
    throw new Error(`os error ${errno}`);
  }

  #isPipe(): boolean {
    const result = outputCalls()?.fcntl(this.#fd, F_GETPIPE_SZ, 0);
    return result !== undefined && new Int32Array(result.buffer)[0] > 0;
  }
}
