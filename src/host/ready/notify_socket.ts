/**
 * Hears the child say that it is ready, by the protocol of systemd's
 * $NOTIFY_SOCKET (sd_notify(3)). Owns the socket and its file; does not ask who
 * sends. The socket is libc's: the runtime has datagram sockets of its own only
 * with --unstable-net, which makes every start a millisecond longer.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import { repeatedErrno } from "../libc/errno.ts";
import { libcCalls } from "../libc/calls.ts";
import { pipeCalls } from "../descriptor/pipe.ts";
import { canWait, InputWait } from "../descriptor/input_wait.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  UNIX_PATH_MAX_BYTES,
  unixName,
} from "../socket/unix_socket.ts";

import { HOME_PREFIX, removeStaleHomes } from "./stale_homes.ts";

export interface NotifySocket {
  /** What the child is given as NOTIFY_SOCKET. */
  readonly path: string;
  /** Hears nothing more and removes the socket's file, both at once; resolves when all is released. */
  close(): Promise<void>;
}

export const datagramCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
});

/** What a notification may be long; systemd's own limit. */
const DATAGRAM_BYTES_MAX = 4096;
const READY = "READY=1";

/**
 * A socket in a new directory of ours below `directory`, for us alone (0700, the
 * socket 0600). `onReady` is called for each datagram of up to 4 KiB with a line
 * READY=1; everything else that sd_notify(3) knows is ignored.
 *
 * Throws an Error of one line when there can be no socket: libc cannot be
 * loaded, there is no descriptor left, or the directory cannot be written to or
 * has too long a path (unix(7)).
 */
export function openNotifySocket(
  directory: string,
  onReady: () => void,
): NotifySocket {
  removeStaleHomes(directory);
  const home = makeHome(directory);
  const path = `${home}/notify`;
  try {
    const fd = bound(path);
    const readable = new InputWait(fd);
    void hear(fd, readable, onReady);
    return {
      path,
      close: () => {
        removeQuietly(home);
        return readable.close();
      },
    };
  } catch (error) {
    removeQuietly(home);
    throw error;
  }
}

function makeHome(directory: string): string {
  try {
    return Deno.makeTempDirSync({ dir: directory, prefix: HOME_PREFIX });
  } catch (error) {
    throw unavailable(`no directory can be made in ${directory}`, error);
  }
}

/** The descriptor of a new socket at the path; close-on-exec, and nothing waits for it. */
function bound(path: string): number {
  const calls = datagramCalls();
  if (calls === undefined) {
    throw unavailable("this needs glibc, which cannot be loaded here");
  }
  if (!canWait()) throw unavailable("too many open files");
  const name = unixName(path);
  if (name === undefined) {
    const limit = `longer than ${UNIX_PATH_MAX_BYTES} bytes`;
    throw unavailable(
      `the path ${path} is ${limit}; set TMPDIR to a shorter one`,
    );
  }
  let fd = -1;
  const must = (call: () => number) => {
    const errno = repeatedErrno(call);
    if (errno === 0) return;
    throw unavailable(
      `no socket can be made at ${path} (errno ${errno}); set TMPDIR to a directory that can hold one`,
    );
  };
  try {
    const type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
    must(() => fd = calls.socket(AF_UNIX, type, 0));
    must(() => calls.bind(fd, name, name.length));
    // The directory keeps others out until then.
    Deno.chmodSync(path, 0o600);
    return fd;
  } catch (error) {
    pipeCalls()?.close(fd);
    throw error;
  }
}

function unavailable(what: string, cause?: unknown): Error {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new Error(oneLine(`notify is not available: ${what}${why}`), {
    cause,
  });
}

function removeQuietly(home: string): void {
  try {
    Deno.removeSync(home, { recursive: true });
  } catch {
    // It is gone, or somebody has taken the right to remove it: no harm.
  }
}

async function hear(
  fd: number,
  readable: InputWait,
  onReady: () => void,
): Promise<void> {
  // One byte more than is allowed: the kernel cuts off what does not fit.
  const buffer = new Uint8Array(DATAGRAM_BYTES_MAX + 1);
  while (await readable.wait()) {
    const size = Number(
      pipeCalls()?.read(fd, buffer, BigInt(buffer.length)) ?? 0n,
    );
    if (size > 0 && isReady(buffer.subarray(0, size))) onReady();
  }
}

/** Whether one of its lines is READY=1. */
function isReady(datagram: Uint8Array): boolean {
  if (datagram.length > DATAGRAM_BYTES_MAX) return false;
  return new TextDecoder().decode(datagram).split("\n").includes(READY);
}
