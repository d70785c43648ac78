/**
 * Waits until descriptors have something to read, without a thread for each.
 * One poll(2) on the runtime's thread pool waits for all of them (the pool has
 * 32 threads, and file operations need them too). A pipe of ours wakes that
 * poll(2) when the list of descriptors changes.
 */
import { libcCalls } from "../libc/calls.ts";
import { makePipe, pipeCalls } from "./pipe.ts";

const RETRY_MS = 10;

/** poll(2), called on a thread of the runtime's pool. */
export const pollCalls = libcCalls({
  poll: {
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
});

/**
 * Keeps one thread of the pool for good. Where the kernel gives no new thread
 * (pids.max, RLIMIT_NPROC), the runtime aborts at the next operation that needs
 * one, unless its pool has a thread: then the operation waits for that thread.
 * An idle thread ends after ten seconds. The kept thread stays busy in poll(2),
 * even if no descriptor is waited for.
 */
export function keepThread(): void {
  if (isKept || !canWait()) return;
  isKept = true;
  if (polling === undefined) void grantWishes();
}

let isKept = false;

/**
 * How often the kept thread is made free for other operations, while some are
 * under way.
 */
const LEND_MS = 20;
let lending: number | undefined;
let borrowers = 0;

/**
 * Returns the result of an operation of the runtime that may need the kept
 * thread.
 */
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

/** Opens what waiting needs besides the descriptors; false if that fails. */
export function canWait(): boolean {
  wakeup ??= makePipe();
  return wakeup !== undefined && pollCalls() !== undefined;
}

/**
 * Waits for input of one descriptor, which only its owner reads. Call `canWait`
 * first.
 */
export class InputWait {
  readonly #fd: number;
  #closed = false;
  #wish: Wish | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Resolves to true when a read would not block, and to false after `close`.
   * Never rejects. Only one call at a time.
   */
  async wait(): Promise<boolean> {
    if (this.#closed) return false;
    this.#wish = wishFor(this.#fd);
    await this.#wish.granted;
    return !this.#closed;
  }

  /** Closes the descriptor; resolves when no thread polls it any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    pipeCalls()?.close(this.#fd);
    if (this.#wish !== undefined) await withdraw(this.#wish);
  }
}

/** One wait for input, or for the end of input, of a descriptor. */
interface Wish {
  readonly fd: number;
  readonly granted: Promise<void>;
  readonly grant: () => void;
}

/**
 * Compared by identity, not by number: the number of a withdrawn descriptor may
 * already belong to another file.
 */
const wishes = new Set<Wish>();
/**
 * The pipe that wakes a pending poll when the list changes; it is never closed.
 */
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

/** Resolves when no thread polls the descriptor any more. */
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

/** Repeats poll(2) while anything is waited for. */
async function grantWishes(): Promise<void> {
  const poll = pollCalls()?.poll;
  while (
    (isKept || wishes.size > 0) && poll !== undefined && wakeup !== undefined
  ) {
    const asked = [...wishes];
    const fds = [wakeup[0], ...asked.map(({ fd }) => fd)];
    // struct pollfd: the descriptor (int), the requested events and the
    // returned events (two shorts). The array has a buffer of its own, because
    // V8 moves the contents of a small array.
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
