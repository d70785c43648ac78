/**
 * Lets only one flush-manager at a time look at a socket's path and take it.
 * The lock is a file beside the socket (flock(2)), which exists only during
 * that moment: afterwards the listening socket itself shows that the path is
 * taken.
 */
import { inodeAt, type OpenFile, openLockFile } from "../files/directory.ts";
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";

export const lockCalls = libcCalls({
  flock: { parameters: ["i32", "i32"], result: "i32" },
});

/** Another process holds the lock for longer than it takes to open a socket. */
export class PathHeld extends Error {}

const LOCK_EX = 2;
const LOCK_NB = 4;
const WAIT_MAX_MS = 1_000;
const PAUSE_MS = 5;

/**
 * Locks the path until the end of the scope. Blocks for a second at most and
 * then throws a PathHeld. Throws a SystemError if the lock file cannot be
 * opened.
 */
export function lockPath(path: string): Disposable {
  const name = `${path}.lock`;
  const endsAt = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const file = openLockFile(name);
    try {
      if (isLocked(file) && isAt(file, name)) return new PathLock(file, name);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
    file[Symbol.dispose]();
    if (performance.now() > endsAt) {
      throw new PathHeld(`another process holds ${name}; stop that one`);
    }
    Atomics.wait(NEVER, 0, 0, PAUSE_MS);
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Locks an open file or directory until it is closed; returns false if another
 * process holds the lock.
 */
export const isLocked = ({ fd }: { readonly fd: number }): boolean =>
  repeatedErrno(() => lockCalls()?.flock(fd, LOCK_EX | LOCK_NB) ?? -1) === 0;

/**
 * Whether the open file is still at its path: the last holder removes the file,
 * and a lock on a removed file protects nothing.
 */
const isAt = (file: OpenFile, name: string): boolean =>
  inodeAt(name)?.key === file.inode().key;

class PathLock implements Disposable {
  readonly #file: OpenFile;
  readonly #name: string;

  constructor(file: OpenFile, name: string) {
    this.#file = file;
    this.#name = name;
  }

  [Symbol.dispose](): void {
    try {
      if (isAt(this.#file, this.#name)) Deno.removeSync(this.#name);
    } catch {
      // The directory is no longer writable. The next lock uses the same file.
    }
    this.#file[Symbol.dispose]();
  }
}
