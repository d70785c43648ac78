/**
 * Receives what a child tells of itself by the protocol of systemd's
 * $NOTIFY_SOCKET (sd_notify(3)). Owns the sockets, one for each
 * child, and their files. `isTrusted` decides whether a sender may speak for
 * the child. The sockets are made through libc: the runtime has datagram
 * sockets only with --unstable-net, which makes every start a millisecond
 * longer.
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
import { type Received, Receiver } from "./credentials.ts";
import {
  DATAGRAM_BYTES_MAX,
  type Notification,
  readNotification,
} from "./notification.ts";
import { removeStaleHomes, SocketHome } from "./socket_home.ts";

/**
 * The sender of a message, as the kernel reports it (SCM_CREDENTIALS, unix(7)).
 */
export type Sender = Received["sender"];

export interface NotifySocket {
  /** The child's NOTIFY_SOCKET. */
  readonly path: string;
  /**
   * Stops receiving and removes the socket's file, both at once; resolves when
   * everything is released.
   */
  close(): Promise<void>;
}

export interface Hearing {
  /** Called for each message that says something. */
  readonly isTrusted: (sender: Sender) => boolean;
  readonly onMessage: (message: Notification) => void;
  /** Called for a message of a sender that is not trusted. */
  readonly onStranger?: (message: Notification, sender: Sender) => void;
}

export const datagramCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
});

const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
/** The socket cannot be made; the message is one line for the user. */
export class Unavailable extends Error {}

const SOCKET_MODE = 0o666;
const NAME_BYTES = 8;

/**
 * The sockets of one manager, in a directory of ours below `parent`. A program
 * that no longer runs as our user can write to its own socket. It cannot list
 * or guess the names of the others, and the kernel reports the sender of each
 * message.
 */
export class NotifySockets {
  readonly #parent: string;
  #home: SocketHome;

  /**
   * Makes the directory, and removes directories that killed managers have
   * left. Throws an Unavailable if it cannot be made.
   */
  constructor(parent: string) {
    removeStaleHomes(parent);
    this.#parent = parent;
    this.#home = makeHome(parent);
  }

  /**
   * Opens a new socket. `onMessage` is called for each datagram of up to 4 KiB
   * from a trusted sender that says something of a Notification; everything
   * else that sd_notify(3) knows is ignored. Throws an Unavailable if the socket cannot
   * be made: libc cannot be loaded, no descriptor is free, or the directory
   * cannot be written to or has too long a path (unix(7)).
   */
  open(hearing: Hearing): NotifySocket {
    this.#renewHome();
    const name = crypto.getRandomValues(new Uint8Array(NAME_BYTES)).toHex();
    const path = `${this.#home.path}/${name}`;
    const fd = bound(path);
    const readable = new InputWait(fd);
    void hear(fd, readable, hearing);
    return {
      path,
      close: () => {
        removeQuietly(path);
        return readable.close();
      },
    };
  }

  /** Removes the directory and everything in it. */
  close(): void {
    this.#home.close();
  }

  /**
   * Makes the directory again if a cleaner of temporary files has removed it.
   */
  #renewHome(): void {
    if (this.#home.isThere()) return;
    this.#home.close();
    this.#home = makeHome(this.#parent);
  }
}

function makeHome(parent: string): SocketHome {
  mustHaveLibc();
  try {
    return SocketHome.make(parent);
  } catch (error) {
    throw unavailable(`no directory can be made in ${parent}`, error);
  }
}

function mustHaveLibc() {
  const calls = datagramCalls();
  if (calls !== undefined) return calls;
  throw unavailable("this needs glibc, which cannot be loaded here");
}

/**
 * Makes a socket at the path and returns its descriptor, which is close-on-exec
 * and non-blocking.
 */
function bound(path: string): number {
  const calls = mustHaveLibc();
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
    const on = new Int32Array([1]);
    must(() =>
      calls.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, on, on.byteLength)
    );
    must(() => calls.bind(fd, name, name.length));
    Deno.chmodSync(path, SOCKET_MODE);
    return fd;
  } catch (error) {
    if (fd >= 0) pipeCalls()?.close(fd);
    removeQuietly(path);
    throw error;
  }
}

function unavailable(what: string, cause?: unknown): Unavailable {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new Unavailable(oneLine(`notify is not available: ${what}${why}`), {
    cause,
  });
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The file is gone, or may no longer be removed; neither does harm.
  }
}

async function hear(
  fd: number,
  readable: InputWait,
  { isTrusted, onMessage, onStranger }: Hearing,
): Promise<void> {
  // One byte more than is allowed shows that a datagram was longer: the kernel
  // cuts off what does not fit.
  const receiver = new Receiver(DATAGRAM_BYTES_MAX + 1);
  while (await readable.wait()) {
    const received = receiver.receive(fd);
    if (received === undefined) continue;
    const message = readNotification(received.bytes);
    if (!saysSomething(message)) continue;
    if (isTrusted(received.sender)) onMessage(message);
    else onStranger?.(message, received.sender);
  }
}

const saysSomething = ({ isReady, watchdog, watchdogMs }: Notification) =>
  isReady || watchdog !== undefined || watchdogMs !== undefined;
