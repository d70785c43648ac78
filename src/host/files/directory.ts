/**
 * Directories and files by their descriptors. A name is looked up in the
 * directory that a descriptor holds, and no link is followed there (openat(2),
 * O_NOFOLLOW). So nobody who may write to a directory further up can put another
 * file in the place of the one that was looked at.
 */
import { libcCalls } from "../libc/calls.ts";
import { errnoText, repeatedErrno } from "../libc/errno.ts";

export const entryCalls = libcCalls({
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  mkdirat: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  renameat: {
    parameters: ["i32", "buffer", "i32", "buffer"],
    result: "i32",
  },
  symlinkat: { parameters: ["buffer", "i32", "buffer"], result: "i32" },
  readlinkat: {
    parameters: ["i32", "buffer", "buffer", "usize"],
    result: "i64",
  },
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  fchmodat: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  geteuid: { parameters: [], result: "u32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
});

type Calls = NonNullable<ReturnType<typeof entryCalls>>;

/** What a call to the system has failed with; the message is what strerror(3) says. */
export class SystemError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(errnoText(errno));
    this.errno = errno;
  }
}

export const ENOENT = 2;
export const ENOTDIR = 20;
export const ENOSPC = 28;
export const ELOOP = 40;
export const EDQUOT = 122;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_EMPTY_PATH = 0x1000;
const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** The two differ between x64 and arm64 (asm/fcntl.h). */
const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64"
  ? [0o40000, 0o100000]
  : [0o200000, 0o400000];

const OWN_DIRECTORY = 0o700;

const STATX_BASIC_STATS = 0x7ff;
const STATX_BYTES = 256;
/** Offsets in struct statx (statx(2)). */
const STATX = { uid: 20, mode: 28, ino: 32, size: 40, dev: 136 } as const;
const S_IFMT = 0o170000;
const KINDS: Readonly<Record<number, Entry["kind"]>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "link",
};

/** Offsets in struct linux_dirent64 (getdents(2)). */
const DIRENT = { length: 16, name: 19 } as const;
const CHUNK_BYTES = 32 * 1024;
const PATH_MAX_BYTES = 4096;

/** What is known of a file without reading it. */
export interface Entry {
  readonly kind: "file" | "directory" | "link" | "other";
  /** The bits that chmod(2) sets. */
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  /** Device and inode: two files have never the same at one time. */
  readonly key: string;
}

/** Whether there is a libc, without which none of this is possible. */
export const canHoldDirectories = (): boolean => entryCalls() !== undefined;

/** The user whose rights we have, and to whom belongs what we make. */
export const ownUser = (): number => loaded().geteuid();

/** A descriptor that is closed at the end of its scope. Every method throws a SystemError. */
class Held implements Disposable {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** What it is now, whatever its name leads to. */
  entry(): Entry {
    return statOf(this.fd, "", AT_EMPTY_PATH);
  }

  /** Whatever the umask. */
  chmod(mode: number): void {
    must(() => loaded().fchmod(this.fd, mode));
  }

  [Symbol.dispose](): void {
    loaded().close(this.fd);
  }
}

/** An open file. */
export class OpenFile extends Held {
  /** Fills the buffer from where the last read ended; 0 is the end of the file. */
  read(buffer: Uint8Array<ArrayBuffer>): number {
    let size = 0n;
    must(() =>
      Number(
        size = loaded().read(this.fd, buffer, BigInt(buffer.length)),
      )
    );
    return Number(size);
  }

  /** Writes all of it. */
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
}

/** Opens a file for reading, through links; never waits, as open(2) on a FIFO would. */
export const openFile = (path: string): OpenFile =>
  new OpenFile(openAt(AT_FDCWD, path, O_NONBLOCK));

/** Opens a file that is there to be locked; makes it if it is missing, and follows no link. */
export const openLockFile = (path: string): OpenFile =>
  new OpenFile(
    openAt(AT_FDCWD, path, O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644),
  );

/** What is at a path, a link itself; undefined if nothing is. */
export const entryAt = (path: string): Entry | undefined =>
  unlessMissing(() => statOf(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW));

/** An open directory: names are those in it. */
export class Directory extends Held {
  /** Opens a directory, through links. */
  static at(path: string): Directory {
    return new Directory(openAt(AT_FDCWD, path, O_DIRECTORY));
  }

  /** What has this name; undefined if nothing has. */
  entryOf(name: string): Entry | undefined {
    return unlessMissing(() => statOf(this.fd, name, AT_SYMLINK_NOFOLLOW));
  }

  open(name: string): Directory {
    return new Directory(openAt(this.fd, name, O_DIRECTORY | O_NOFOLLOW));
  }

  openFile(name: string): OpenFile {
    return new OpenFile(openAt(this.fd, name, O_NOFOLLOW | O_NONBLOCK));
  }

  /** A new directory, for our user alone (0700) whatever the umask. */
  make(name: string): Directory {
    must(() => loaded().mkdirat(this.fd, bytesOf(name), OWN_DIRECTORY));
    // The umask may have taken it from us, too.
    if (this.entryOf(name)?.mode !== OWN_DIRECTORY) {
      this.chmodOf(name, OWN_DIRECTORY);
    }
    return this.open(name);
  }

  /** A new file, to be written; nobody else may open it. */
  create(name: string): OpenFile {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
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

  /** What had the new name before is replaced at once, unless it is a directory. */
  rename(name: string, next: string): void {
    must(() =>
      loaded().renameat(this.fd, bytesOf(name), this.fd, bytesOf(next))
    );
  }

  /** Lets us work in a directory that we may not open. */
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

  /** All names, in no order; once for each opening. */
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

function statOf(fd: number, name: string, flags: number): Entry {
  const result = new Uint8Array(STATX_BYTES);
  must(() =>
    loaded().statx(fd, bytesOf(name), flags, STATX_BASIC_STATS, result)
  );
  const view = new DataView(result.buffer);
  const mode = view.getUint16(STATX.mode, true);
  return {
    kind: KINDS[mode & S_IFMT] ?? "other",
    mode: mode & 0o7777,
    uid: view.getUint32(STATX.uid, true),
    size: Number(view.getBigUint64(STATX.size, true)),
    key: `${view.getBigUint64(STATX.dev, true)}:${
      view.getBigUint64(STATX.ino, true)
    }`,
  };
}

function openAt(at: number, name: string, flags: number, mode = 0): number {
  let fd = -1;
  must(() => fd = loaded().openat(at, bytesOf(name), flags | O_CLOEXEC, mode));
  return fd;
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SystemError && error.errno === ENOENT) {
      return undefined;
    }
    throw error;
  }
}

const bytesOf = (name: string) => new TextEncoder().encode(`${name}\0`);

function must(call: () => number): void {
  const errno = repeatedErrno(call);
  if (errno !== 0) throw new SystemError(errno);
}

function loaded(): Calls {
  const calls = entryCalls();
  if (calls === undefined) {
    throw new Error("this needs glibc, which cannot be loaded here");
  }
  return calls;
}
