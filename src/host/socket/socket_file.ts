/**
 * The file of a listening Unix socket: takes the path from a killed process, and
 * removes the file at the end. Replaces nothing that a living process uses. A
 * socket file outlives its process, so only a connection shows whether anybody
 * listens.
 */
import type { SocketAddress } from "../../core/notation/describe.ts";
import { SystemError } from "../files/inode.ts";
import type { Calls as CallsOf } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";
import { lockPath } from "./path_lock.ts";
import {
  EACCES,
  EADDRINUSE,
  ECONNREFUSED,
  ENOENT,
  errorText,
  explain,
  must,
  refusal,
} from "./refusal.ts";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK } from "./unix_socket.ts";

/** The calls that the callers have to load. */
export const NAME_SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  umask: { parameters: ["u32"], result: "u32" },
} as const;

type Calls = CallsOf<typeof NAME_SYMBOLS>;
type UnixAddress = Extract<SocketAddress, { kind: "unix" }>;

/** The socket file as we have made it. */
export interface SocketFile {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

const SOCK_STREAM = 1;

/**
 * Locks the path, so that no other manager takes our new socket for a stale
 * one.
 */
export function lockName(address: UnixAddress): Disposable {
  try {
    return lockPath(address.path);
  } catch (error) {
    throw error instanceof SystemError
      ? refusal(address, explain(error.errno, address), error)
      : refusal(address, errorText(error), error);
  }
}

/**
 * Removes a socket file that a killed process has left, on which no process
 * listens.
 */
export function removeStale(
  address: UnixAddress,
  name: Uint8Array<ArrayBuffer>,
  calls: Calls,
): void {
  const { path } = address;
  const info = lstat(path);
  if (info === undefined) return;
  if (info.isSocket !== true) {
    throw refusal(
      address,
      "a file that is not a socket is there; remove it or choose another path",
    );
  }
  // Non-blocking, because the queue of a listening socket may be full.
  const fd = newSocket(address, AF_UNIX, calls, SOCK_NONBLOCK);
  const errno = repeatedErrno(() => calls.connect(fd, name, name.length));
  calls.close(fd);
  if (errno === EACCES) {
    const why = "a socket is there that this user may not connect to";
    throw refusal(address, `${why}; remove it or choose another path`);
  }
  // Another process has removed the file since we looked.
  if (errno === ENOENT) return;
  if (errno !== ECONNREFUSED) {
    throw refusal(address, explain(EADDRINUSE, address));
  }
  try {
    Deno.removeSync(path);
  } catch (error) {
    const why = `the stale socket there cannot be removed: ${errorText(error)}`;
    throw refusal(address, why, error);
  }
}

/** Removes the file, unless another process has put one in its place. */
export function removeOwn({ path, info: { dev, ino } }: SocketFile): void {
  const now = lstat(path);
  if (now === undefined || now.dev !== dev || now.ino !== ino) return;
  try {
    Deno.removeSync(path);
  } catch {
    // The directory is no longer writable. The next start finds a stale socket.
  }
}

/**
 * Binds under a umask that leaves the bits of this mode, so that the file has
 * them from bind(2) on. So no path is used, which another process could have
 * replaced by a link. The umask is changed for this one call only.
 */
export function withMode<T>(
  mode: number,
  bind: () => T,
  calls: Pick<Calls, "umask">,
): T {
  const umask = calls.umask(0o777 & ~mode);
  try {
    return bind();
  } finally {
    calls.umask(umask);
  }
}

/**
 * Undefined also if we may not look at the path: the next operation on it
 * reports that.
 */
function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Makes a close-on-exec stream socket for an address and returns its descriptor.
 * Throws a Refusal if that fails.
 */
export function newSocket(
  address: SocketAddress,
  family: number,
  calls: Pick<Calls, "socket">,
  flags = 0,
): number {
  let fd = -1;
  const type = SOCK_STREAM | SOCK_CLOEXEC | flags;
  const create = () => fd = calls.socket(family, type, 0);
  must(address, create);
  return fd;
}
