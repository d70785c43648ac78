/**
 * The directories that hold notify sockets. A manager keeps its own locked
 * (flock(2)) for as long as it lives, with or without sockets in it, so that
 * another one can tell what killed managers have left, and removes that.
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
/** Others may pass through the directory and write to a socket in it, but not see which there are. */
const HOME_MODE = 0o711;
const ECONNREFUSED = 111;
/** How often another manager may take a new directory for a stale one. */
const ATTEMPTS = 10;

/** The directory of one manager. */
export class SocketHome {
  readonly path: string;
  readonly #directory: Directory;

  private constructor(path: string, directory: Directory) {
    this.path = path;
    this.#directory = directory;
  }

  /** A new directory in `parent`. Throws an Error where there can be none. */
  static make(parent: string): SocketHome {
    for (let attempt = 1;; attempt++) {
      const path = Deno.makeTempDirSync({ dir: parent, prefix: PREFIX });
      const directory = opened(path);
      if (directory === undefined) continue;
      const home = new SocketHome(path, directory);
      // Where nothing can be locked, nothing is taken for stale either.
      const isOurs = isLocked(directory) || attempt >= ATTEMPTS;
      if (isOurs && home.isThere()) {
        directory.chmod(HOME_MODE);
        return home;
      }
      home.close();
    }
  }

  /** Whether nobody has removed it. */
  isThere(): boolean {
    return inodeAt(this.path)?.key === this.#directory.inode().key;
  }

  /** Removes it with all that is in it. */
  close(): void {
    try {
      if (this.isThere()) Deno.removeSync(this.path, { recursive: true });
    } catch {
      // Somebody has taken the right to remove it: no harm.
    }
    this.#directory[Symbol.dispose]();
  }
}

/** Undefined where somebody has removed it already. */
function opened(path: string): Directory | undefined {
  try {
    return Directory.at(path);
  } catch (error) {
    if (inodeAt(path) === undefined) return undefined;
    throw error;
  }
}

/**
 * Removes the directories that killed managers have left in `parent`: those of our
 * user that nobody keeps locked, with nothing in them but sockets on which nobody
 * hears, or empty as we made them. Never throws: what cannot be looked at or
 * removed stays.
 */
export function removeStaleHomes(parent: string): void {
  try {
    using directory = Directory.at(parent);
    for (const name of directory.names()) {
      if (name.startsWith(PREFIX)) removeIfStale(directory, parent, name);
    }
  } catch {
    // There is no such directory, and the socket will say so.
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
    if (uid !== ownUser() || !isLocked(home)) return;
    const names = home.names();
    // An empty directory tells what it is by its mode alone.
    if (names.length === 0 && mode !== HOME_MODE) return;
    if (!names.every((one) => isDeserted(`${parent}/${name}/${one}`))) return;
    for (const one of names) home.remove(one);
    directory.removeDirectory(name);
  } catch {
    // It is no directory, or another manager is removing it as well.
  }
}

/** A socket on which nobody hears, since its process has ended. */
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
