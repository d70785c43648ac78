/**
 * Opens directories and files by descriptors. A name is looked up in the
 * directory that a descriptor holds, and no link is followed there (openat(2),
 * O_NOFOLLOW). So a process that may write to a directory further up cannot
 * replace the file between a look at it and its use.
 */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  bytesOf,
  type Inode,
  loaded,
  must,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDWR,
  O_WRONLY,
  openAt,
  statOf,
  unlessMissing,
} from "./inode.ts";
import { libcCalls } from "../libc/calls.ts";

/** Apart from the calls that every manager with saved copies loads. */
export const truncateCalls = libcCalls({
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
});

const OWN_DIRECTORY = 0o700;
/** Offsets in struct linux_dirent64 (getdents(2)). */
const DIRENT = { length: 16, name: 19 } as const;
const CHUNK_BYTES = 32 * 1024;
const PATH_MAX_BYTES = 4096;

/** The user whose rights we have, and who owns the files that we make. */
export const ownUser = (): number => loaded().geteuid();

/**
 * A descriptor that is closed at the end of its scope. Every method can throw a
 * SystemError.
 */
class Held implements Disposable {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** What the descriptor holds now, whatever its name leads to. */
  inode(): Inode {
    return statOf(this.fd, "", AT_EMPTY_PATH);
  }

  /** Sets the mode; the umask has no effect on it. */
  chmod(mode: number): void {
    must(() => loaded().fchmod(this.fd, mode));
  }

  [Symbol.dispose](): void {
    loaded().close(this.fd);
  }
}

/** An open file. */
export class OpenFile extends Held {
  /**
   * Reads into the buffer from the end of the last read; returns the number of
   * bytes, 0 at the end of the file.
   */
  read(buffer: Uint8Array<ArrayBuffer>): number {
    let size = 0n;
    must(() =>
      Number(
        size = loaded().read(this.fd, buffer, BigInt(buffer.length)),
      )
    );
    return Number(size);
  }

  /** Writes all bytes. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      must(() => {
        const size = Number(
          loaded().write(this.fd, rest, BigInt(rest.length)),
        );
        if (size > 0) at += size;
        return size;
      });
    }
  }

  /** Removes all bytes. */
  empty(): void {
    must(() => truncateCalls()?.ftruncate(this.fd, 0n) ?? -1);
  }
}

/**
 * Opens a file for reading; follows links, and does not wait as open(2) would
 * for a FIFO.
 */
export const openFile = (path: string): OpenFile =>
  new OpenFile(openAt(AT_FDCWD, path, O_NONBLOCK));

/** Opens a lock file; makes it if it is missing, and follows no link. */
export const openLockFile = (path: string): OpenFile =>
  new OpenFile(
    openAt(AT_FDCWD, path, O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644),
  );

/**
 * What is at a path, without following a link; undefined if nothing is there.
 */
export const inodeAt = (path: string): Inode | undefined =>
  unlessMissing(() => statOf(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW));

/** An open directory. Names are those of its entries. */
export class Directory extends Held {
  /** Opens a directory; follows links. */
  static at(path: string): Directory {
    return new Directory(openAt(AT_FDCWD, path, O_DIRECTORY));
  }

  /** The entry with this name; undefined if there is none. */
  inodeOf(name: string): Inode | undefined {
    return unlessMissing(() => statOf(this.fd, name, AT_SYMLINK_NOFOLLOW));
  }

  open(name: string): Directory {
    return new Directory(openAt(this.fd, name, O_DIRECTORY | O_NOFOLLOW));
  }

  openFile(name: string): OpenFile {
    return new OpenFile(openAt(this.fd, name, O_NOFOLLOW | O_NONBLOCK));
  }

  /** Makes a directory for our user alone: mode 0700 with any umask. */
  make(name: string): Directory {
    must(() => loaded().mkdirat(this.fd, bytesOf(name), OWN_DIRECTORY));
    // The umask may have removed bits of our own user too.
    if (this.inodeOf(name)?.mode !== OWN_DIRECTORY) {
      this.chmodOf(name, OWN_DIRECTORY);
    }
    return this.open(name);
  }

  /** Makes a file to write to, which only our user may open. */
  create(name: string): OpenFile {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    return new OpenFile(openAt(this.fd, name, flags, 0o600));
  }

  /**
   * Opens a file of our user alone, to read it from its beginning and to write to
   * its end; makes it if it is missing.
   */
  openOrCreate(name: string): OpenFile {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    return new OpenFile(openAt(this.fd, name, flags, 0o600));
  }

  symlink(target: string, name: string): void {
    must(() => loaded().symlinkat(bytesOf(target), this.fd, bytesOf(name)));
  }

  readLink(name: string): string {
    const buffer = new Uint8Array(PATH_MAX_BYTES);
    let size = 0n;
    must(() =>
      Number(
        size = loaded()
          .readlinkat(this.fd, bytesOf(name), buffer, BigInt(buffer.length)),
      )
    );
    return new TextDecoder().decode(buffer.subarray(0, Number(size)));
  }

  /**
   * Renames an entry. Replaces an entry of the new name at once, unless that is
   * a directory.
   */
  rename(name: string, next: string): void {
    must(() =>
      loaded().renameat(this.fd, bytesOf(name), this.fd, bytesOf(next))
    );
  }

  /** Sets the mode of an entry, also of a directory that we may not open. */
  chmodOf(name: string, mode: number): void {
    must(() =>
      loaded().fchmodat(this.fd, bytesOf(name), mode, AT_SYMLINK_NOFOLLOW)
    );
  }

  remove(name: string): void {
    must(() => loaded().unlinkat(this.fd, bytesOf(name), 0));
  }

  removeDirectory(name: string): void {
    must(() => loaded().unlinkat(this.fd, bytesOf(name), AT_REMOVEDIR));
  }

  /** All names, in no order. Call it once for each opening. */
  names(): string[] {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const names: string[] = [];
    for (;;) {
      let size = 0n;
      must(() =>
        Number(
          size = loaded().getdents64(this.fd, chunk, BigInt(chunk.length)),
        )
      );
      if (size === 0n) return names;
      names.push(...namesIn(chunk.subarray(0, Number(size))));
    }
  }
}

function namesIn(chunk: Uint8Array<ArrayBuffer>): string[] {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
  const names: string[] = [];
  for (let at = 0; at < chunk.length;) {
    const from = at + DIRENT.name;
    const name = new TextDecoder().decode(
      chunk.subarray(from, chunk.indexOf(0, from)),
    );
    if (name !== "." && name !== "..") names.push(name);
    at += view.getUint16(at + DIRENT.length, true);
  }
  return names;
}
