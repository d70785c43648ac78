/**
 * A listening Unix socket and its file: takes the path from a killed process,
 * gives the file its mode, and removes it at the end. Replaces nothing that a
 * living process uses.
 */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { SystemError } from "../files/inode.ts";
import { repeatedErrno } from "../libc/errno.ts";
import {
  EACCES,
  EADDRINUSE,
  ECONNREFUSED,
  ENOENT,
  errorText,
  explain,
  must,
  Refusal,
  refusal,
} from "./listen_refusal.ts";
import { lockPath } from "./path_lock.ts";
import { newSocket, type SocketCalls } from "./stream_socket.ts";
import {
  AF_UNIX,
  SOCK_NONBLOCK,
  UNIX_PATH_MAX_BYTES,
  unixName,
} from "./unix_socket.ts";

type UnixAddress = Extract<ListenAddress, { kind: "unix" }>;

/** The socket file as we have made it. */
export interface SocketFile {
  readonly path: string;
  readonly info: Deno.FileInfo;
}

/**
 * Opens a listening socket at the path and returns its descriptor, which is
 * blocking and close-on-exec. Throws a Refusal, and then leaves no socket open.
 */
export function openUnix(
  address: UnixAddress,
  calls: SocketCalls,
): { readonly fd: number; readonly file: SocketFile } {
  const { path, backlog } = address;
  const name = unixName(path);
  if (name === undefined) {
    throw refusal(
      address,
      `the path is longer than ${UNIX_PATH_MAX_BYTES} bytes`,
    );
  }
  using _lock = locked(address);
  removeStale(address, name, calls);
  const fd = newSocket(address, AF_UNIX, calls);
  let file: SocketFile | undefined;
  try {
    bindWithMode(address, fd, name, calls);
    file = { path, info: Deno.lstatSync(path) };
    must(address, () => calls.listen(fd, backlog));
    return { fd, file };
  } catch (error) {
    calls.close(fd);
    if (file !== undefined) removeFile(file);
    throw error instanceof Refusal
      ? error
      : refusal(address, errorText(error), error);
  }
}

/**
 * Locks the path, so that no other manager takes our new socket for a stale
 * one.
 */
function locked(address: UnixAddress): Disposable {
  try {
    return lockPath(address.path);
  } catch (error) {
    throw error instanceof SystemError
      ? refusal(address, explain(error.errno, address), error)
      : refusal(address, errorText(error), error);
  }
}

/**
 * Binds the socket so that its file has the right mode from bind(2) on. The
 * file gets the mode that fchmod(2) has given to the socket before, without the
 * bits of the umask. So no path is used, which another process could have
 * replaced by a link. The umask is changed for this one call only.
 */
function bindWithMode(
  address: UnixAddress,
  fd: number,
  name: Uint8Array<ArrayBuffer>,
  calls: SocketCalls,
): void {
  const bind = () => must(address, () => calls.bind(fd, name, name.length));
  const { mode } = address;
  if (mode === undefined) return bind();
  must(address, () => calls.fchmod(fd, mode));
  const umask = calls.umask(0o777 & ~mode);
  try {
    bind();
  } finally {
    calls.umask(umask);
  }
}

/**
 * Removes a socket file that a killed process has left, on which no process
 * listens.
 */
function removeStale(
  address: UnixAddress,
  name: Uint8Array<ArrayBuffer>,
  calls: SocketCalls,
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
export function removeFile({ path, info: { dev, ino } }: SocketFile): void {
  const now = lstat(path);
  if (now === undefined || now.dev !== dev || now.ino !== ino) return;
  try {
    Deno.removeSync(path);
  } catch {
    // The directory is no longer writable. The next start finds a stale socket.
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
