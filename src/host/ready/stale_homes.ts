/**
 * Removes the directories of notify sockets that killed managers have left. A
 * directory is one of those if it is ours, holds nothing but sockets, and nobody
 * hears on any of them; whatever else is there stays.
 */
import { libcCalls } from "../libc/calls.ts";
import { repeatedErrno } from "../libc/errno.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  unixName,
} from "../socket/unix_socket.ts";

export const HOME_PREFIX = "flush-manager-";

export const staleCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  geteuid: { parameters: [], result: "u32" },
});

const ECONNREFUSED = 111;

/** Never throws: what cannot be looked at or removed stays. */
export function removeStaleHomes(directory: string): void {
  try {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      if (isDirectory && name.startsWith(HOME_PREFIX)) {
        removeIfStale(`${directory}/${name}`);
      }
    }
  } catch {
    // There is no such directory, and the socket will say so.
  }
}

function removeIfStale(home: string): void {
  try {
    if (Deno.lstatSync(home).uid !== staleCalls()?.geteuid()) return;
    const paths = [...Deno.readDirSync(home)]
      .map(({ name }) => `${home}/${name}`);
    if (paths.length === 0 || !paths.every(isDeserted)) return;
    for (const path of paths) Deno.removeSync(path);
    Deno.removeSync(home);
  } catch {
    // Another manager that starts now may be removing it as well.
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
