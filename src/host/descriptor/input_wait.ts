/**
 * Waits until descriptors have something to read, without a thread for each: all
 * that is waited for is in one poll(2) on the runtime's pool (which has 32
 * threads, and file operations need them too), together with a pipe of ours that
 * ends it when the list changes.
 */
import { libcCalls } from "../libc/calls.ts";
import { makePipe, pipeCalls } from "./pipe.ts";

const RETRY_MS = 10;

/** Waits, on a thread of the runtime's pool. */
export const pollCalls = libcCalls({
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
});

/**
 * Keeps one thread of the pool for good. Where the kernel gives no new thread
 * (pids.max, RLIMIT_NPROC), the runtime aborts at the next operation that wants
 * one, unless its pool has a thread: then the operation waits for that. An idle
 * one goes after ten seconds; this one waits for input, also where there is none.
 */
export function keepThread(): void {
  if (isKept || !canWait()) return;
  isKept = true;
  if (polling === undefined) void grantWishes();
}

let isKept = false;

/** How often the thread that is kept is lent to the operations of others. */
const LEND_MS = 20;
let lending: number | undefined;
let borrowers = 0;

/** Passes on what an operation of the runtime resolves to, which may need the thread that is kept. */
export async function lendThread<T>(work: Promise<T>): Promise<T> {
  borrowers++;
  lending ??= setInterval(wake, LEND_MS);
  try {
    return await work;
  } finally {
    if (--borrowers === 0) {
      clearInterval(lending);
      lending = undefined;
    }
  }
}

/** Opens what waiting needs besides the descriptors; false where that cannot be had. */
export function canWait(): boolean {
  wakeup ??= makePipe();
  return wakeup !== undefined && pollCalls() !== undefined;
}

/** A descriptor that is read by its owner alone. Needs `canWait`. */
export class InputWait {
  readonly #fd: number;
  #closed = false;
  #wish: Wish | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Resolves with true when a read would not wait, and with false once it is closed. Never rejects; one at a time. */
  async wait(): Promise<boolean> {
    if (this.#closed) return false;
    this.#wish = wishFor(this.#fd);
    await this.#wish.granted;
    return !this.#closed;
  }

  /** Closes the descriptor; resolves when no thread looks at it any more. */
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

/** The number of one that was withdrawn may be another file's by now, so the wish itself is what counts. */
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
  if (awake || wakeup === undefined || polling === undefined) return;
  awake = true;
  pipeCalls()?.write(wakeup[1], new Uint8Array(1), 1n);
}

const POLLIN = 1;

/** poll(2), again and again while there are wishes. */
async function grantWishes(): Promise<void> {
  const poll = pollCalls()?.poll;
  while (
    (isKept || wishes.size > 0) && poll !== undefined && wakeup !== undefined
  ) {
    const asked = [...wishes];
    const fds = [wakeup[0], ...asked.map(({ fd }) => fd)];
    // struct pollfd: the number, what is asked, what is answered (two shorts).
    // With a buffer of its own: V8 moves the contents of a small array.
    const entries = new Int32Array(new ArrayBuffer(fds.length * 8));
    entries.set(fds.flatMap((fd) => [fd, POLLIN]));
    const answer = poll(entries, BigInt(fds.length), -1);
    polling = answer;
    if (await answer < 0) await pause();
    const isAnswered = (at: number) => entries[2 * at + 1] >>> 16 !== 0;
    if (isAnswered(0)) {
      pipeCalls()?.read(wakeup[0], new Uint8Array(1), 1n);
      awake = false;
    }
    for (const [index, wish] of asked.entries()) {
      if (isAnswered(index + 1) && wishes.delete(wish)) wish.grant();
    }
  }
  polling = undefined;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));
