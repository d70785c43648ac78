/**
 * Reads from pipes without a thread for each: all that is waited for is in one
 * poll(2) on the runtime's pool (which has 32 threads, and file operations need
 * them too), together with a pipe of ours that ends it when the list changes.
 */
import { libcCalls } from "./libc.ts";

const O_CLOEXEC = 0o2000000;
/** As much as a pipe holds. */
const CHUNK_BYTES = 65_536;
const RETRY_MS = 10;

/** Only `poll` waits, and it does so on a thread of the runtime's pool. */
export const pipeCalls = libcCalls({
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
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

/** The reading end of a pipe; nobody else reads from it. */
export class PipeReader {
  readonly #fd: number;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #closed = false;
  #wish: Wish | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined;
    this.#wish = wishFor(this.#fd);
    await this.#wish.granted;
    const calls = pipeCalls();
    if (this.#closed || calls === undefined) return undefined;
    // There is something, or the end: this does not wait.
    const size = calls.read(this.#fd, this.#chunk, BigInt(CHUNK_BYTES));
    return size > 0n ? this.#chunk.subarray(0, Number(size)) : undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    pipeCalls()?.close(this.#fd);
    if (this.#wish !== undefined) await withdraw(this.#wish);
  }
}

/** To hear when a descriptor has something to read, or the end. */
interface Wish {
  readonly fd: number;
  readonly granted: Promise<void>;
  readonly grant: () => void;
}

/** Of all taps. The number of one that was withdrawn may be another file's by now, so the wish itself is what counts. */
const wishes = new Set<Wish>();
/** Ends a pending poll when its list is no longer right; kept for ever. */
let wakeup: readonly [number, number] | undefined;
let awake = false;
let polling: Promise<unknown> | undefined;

function wishFor(fd: number): Wish {
  const { promise: granted, resolve: grant } = Promise.withResolvers<void>();
  const wish = { fd, granted, grant };
  wishes.add(wish);
  if (polling === undefined) void grantWishes();
  else wake();
  return wish;
}

/** Resolves when no thread looks at the descriptor any more. */
async function withdraw(wish: Wish): Promise<void> {
  if (!wishes.delete(wish)) return;
  wish.grant();
  wake();
  await polling;
}

function wake(): void {
  if (awake || wakeup === undefined) return;
  awake = true;
  pipeCalls()?.write(wakeup[1], new Uint8Array(1), 1n);
}

const POLLIN = 1;

/** poll(2), again and again while there are wishes. */
async function grantWishes(): Promise<void> {
  const calls = pipeCalls();
  while (wishes.size > 0 && calls !== undefined && wakeup !== undefined) {
    const asked = [...wishes];
    const fds = [wakeup[0], ...asked.map(({ fd }) => fd)];
    // struct pollfd: the number, what is asked, what is answered (two shorts).
    // With a buffer of its own: V8 moves the contents of a small array.
    const entries = new Int32Array(new ArrayBuffer(fds.length * 8));
    entries.set(fds.flatMap((fd) => [fd, POLLIN]));
    const answer = calls.poll(entries, BigInt(fds.length), -1);
    polling = answer;
    if (await answer < 0) await pause();
    const isAnswered = (at: number) => entries[2 * at + 1] >>> 16 !== 0;
    if (isAnswered(0)) {
      calls.read(wakeup[0], new Uint8Array(1), 1n);
      awake = false;
    }
    for (const [index, wish] of asked.entries()) {
      if (isAnswered(index + 1) && wishes.delete(wish)) wish.grant();
    }
  }
  polling = undefined;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));

/** Opens what a reader needs besides its own pipe; false where that cannot be had. */
export function canWait(): boolean {
  wakeup ??= makePipe();
  return wakeup !== undefined;
}
