/**
 * The directories that hold notify sockets. A manager keeps its own directory
 * locked (flock(2)) for as long as it lives, with or without sockets in it. So
 * another manager can recognize directories that killed managers have left, and
 * remove them.
 */
import { Directory, inodeAt, ownUser } from "../files/directory.ts";
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";
import { isLocked } from "../socket/path_lock.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  unixName,
} from "../socket/unix_socket.ts";

export const staleCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

const PREFIX = "flush-manager-";
/**
 * Other users may enter the directory and write to a socket in it, but may not
 * list it.
 */
const HOME_MODE = 0o711;
const ECONNREFUSED = 111;
/**
 * How many times a new directory is made if another manager takes it for a
 * stale one.
 */
const ATTEMPTS = 10;

/** The directory of one manager. */
export class SocketHome {
  readonly path: string;
  readonly #directory: Directory;

  private constructor(path: string, directory: Directory) {
    this.path = path;
    this.#directory = directory;
  }

  /** Makes a directory in `parent`. Throws an Error if that fails. */
  static make(parent: string): SocketHome {
    for (let attempt = 1;; attempt++) {
      const path = Deno.makeTempDirSync({ dir: parent, prefix: PREFIX });
      const directory = opened(path);
      if (directory === undefined) continue;
      const home = new SocketHome(path, directory);
      // On a file system without locks no directory is taken for stale either.
      const isOurs = isLocked(directory) || attempt >= ATTEMPTS;
      if (isOurs && home.isThere()) {
        directory.chmod(HOME_MODE);
        return home;
      }
      home.close();
    }
  }

  /** Whether the directory is still at its path. */
  isThere(): boolean {
    return inodeAt(this.path)?.key === this.#directory.inode().key;
  }

  /** Removes the directory and everything in it. */
  close(): void {
    try {
      if (this.isThere()) Deno.removeSync(this.path, { recursive: true });
    } catch {
      // It may no longer be removed, which does no harm.
    }
    this.#directory[Symbol.dispose]();
  }
}

/** Opens the directory; undefined if another process has removed it already. */
function opened(path: string): Directory | undefined {
  try {
    return Directory.at(path);
  } catch (error) {
    if (inodeAt(path) === undefined) return undefined;
    throw error;
  }
}

/**
 * Removes the directories that killed managers have left in `parent`: those of
 * our user with the mode of our directories that no process has locked, and that
 * hold nothing but sockets on which no process listens. A directory of somebody
 * else may have such a name, and a socket that is left in it, but has another
 * mode. Never throws: a directory that cannot be looked at or removed stays.
 */
export function removeStaleHomes(parent: string): void {
  try {
    using directory = Directory.at(parent);
    for (const name of directory.names()) {
      if (name.startsWith(PREFIX)) removeIfStale(directory, parent, name);
    }
  } catch {
    // `parent` does not exist; opening a socket will report that.
  }
}

function removeIfStale(
  directory: Directory,
  parent: string,
  name: string,
): void {
  try {
    using home = directory.open(name);
    const { uid, mode } = home.inode();
    if (uid !== ownUser() || mode !== HOME_MODE || !isLocked(home)) return;
    const names = home.names();
    if (!names.every((one) => isDeserted(`${parent}/${name}/${one}`))) return;
    for (const one of names) home.remove(one);
    directory.removeDirectory(name);
  } catch {
    // It is not a directory, or another manager is removing it too.
  }
}

/**
 * Whether the path is a socket on which no process listens, because its process
 * has ended.
 */
function isDeserted(path: string): boolean {
  const calls = staleCalls();
  const name = unixName(path);
  if (calls === undefined || name === undefined) return false;
  if (!Deno.lstatSync(path).isSocket) return false;
  const type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = calls.socket(AF_UNIX, type, 0);
  if (fd < 0) return false;
  const errno = repeatedErrno(() => calls.connect(fd, name, name.length));
  calls.close(fd);
  return errno === ECONNREFUSED;
}
