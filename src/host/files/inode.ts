/**
 * Looks at files and opens them through libc, by the descriptor of a directory
 * and a name. Nothing here follows a link unless the caller's flags do.
 */
import { libcCalls } from "../libc/calls.ts";
import { errnoText, repeatedErrno } from "../libc/errno.ts";

export const inodeCalls = libcCalls({
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

type Calls = NonNullable<ReturnType<typeof inodeCalls>>;

/** A failed system call; the message is the text of strerror(3). */
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

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EMPTY_PATH = 0x1000;
export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** The two differ between x64 and arm64 (asm/fcntl.h). */
export const [O_DIRECTORY, O_NOFOLLOW] = Deno.build.arch === "aarch64"
  ? [0o40000, 0o100000]
  : [0o200000, 0o400000];

const STATX_BASIC_STATS = 0x7ff;
const STATX_BYTES = 256;
/** Offsets in struct statx (statx(2)). */
const STATX = { uid: 20, mode: 28, ino: 32, size: 40, dev: 136 } as const;
const S_IFMT = 0o170000;
const KINDS: Readonly<Record<number, Inode["kind"]>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "link",
};

/** The metadata of a file. */
export interface Inode {
  readonly kind: "file" | "directory" | "link" | "other";
  /** The bits that chmod(2) sets. */
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  /**
   * Device and inode: two files that exist at the same time never have the same
   * key.
   */
  readonly key: string;
}

export function statOf(fd: number, name: string, flags: number): Inode {
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

export function openAt(
  at: number,
  name: string,
  flags: number,
  mode = 0,
): number {
  let fd = -1;
  must(() => fd = loaded().openat(at, bytesOf(name), flags | O_CLOEXEC, mode));
  return fd;
}

export function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof SystemError && error.errno === ENOENT) {
      return undefined;
    }
    throw error;
  }
}

export const bytesOf = (name: string) => new TextEncoder().encode(`${name}\0`);

export function must(call: () => number): void {
  const errno = repeatedErrno(call);
  if (errno !== 0) throw new SystemError(errno);
}

export function loaded(): Calls {
  const calls = inodeCalls();
  if (calls === undefined) {
    throw new Error("this needs glibc, which cannot be loaded here");
  }
  return calls;
}
