/**
 * Listening sockets of the control endpoint. Unlike those of `--listen` they are
 * the runtime's own, which accepts on them, and no child inherits them.
 */
import { repeatedErrno } from "../../host/libc/errno.ts";
import { libcCalls } from "../../host/libc/calls.ts";
import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  errorText,
  explain,
  Refusal,
  refusal,
} from "../../host/socket/refusal.ts";
import { limitSendRoom } from "../../host/socket/send_room.ts";
import {
  lockName,
  NAME_SYMBOLS,
  removeOwn,
  removeStale,
  withMode,
} from "../../host/socket/socket_file.ts";
import {
  UNIX_PATH_MAX_BYTES,
  unixName,
} from "../../host/socket/unix_socket.ts";
import type { ControlSocketAddress } from "../../core/vocabulary/settings.ts";

/** What connections come from. */
export interface Listener {
  readonly accept: () => Promise<Deno.Conn>;
  readonly close: () => void;
}

type UnixAddress = Extract<ControlSocketAddress, { kind: "unix" }>;
type TcpAddress = Extract<ControlSocketAddress, { kind: "tcp" }>;

export const fileCalls = libcCalls({
  ...NAME_SYMBOLS,
  fchownat: {
    parameters: ["i32", "buffer", "u32", "u32", "i32"],
    result: "i32",
  },
  fchmodat: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
});

type Calls = NonNullable<ReturnType<typeof fileCalls>>;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** chown(2): the owner stays. */
const SAME = 0xffff_ffff;
const OWNER_ONLY = 0o700;

/**
 * Takes the path from a process that has ended. Throws an Error whose message is
 * one line for the user, also where another process listens there.
 *
 * The runtime removes the file under the name that it has bound, whosever that is
 * by then. So it binds another name beside the path, which is given to the file
 * after its mode and its group are what they are to be.
 */
export function listenUnix(address: UnixAddress): Listener {
  const { path } = address;
  const calls = fileCalls();
  if (calls === undefined) {
    throw refusal(address, "this needs glibc, which cannot be loaded here");
  }
  const name = unixName(path);
  const hidden = hiddenName(path);
  if (name === undefined || unixName(hidden) === undefined) {
    throw refusal(
      address,
      `the path is longer than ${UNIX_PATH_MAX_BYTES} bytes, or its directory leaves no room for ${hidden.length} of them`,
    );
  }
  using _lock = lockName(address);
  removeStale(address, name, calls);
  let listener: Deno.UnixListener | undefined;
  try {
    listener = bind(address, hidden, calls);
    const info = Deno.lstatSync(hidden);
    Deno.renameSync(hidden, path);
    return owning(listener, { path, info });
  } catch (error) {
    listener?.close();
    throw error instanceof Refusal ? error : because(address, error);
  }
}

const hiddenName = (path: string): string => {
  const random = crypto.getRandomValues(new Uint8Array(4)).toHex();
  return `${path.slice(0, path.lastIndexOf("/") + 1)}.${random}`;
};

function owning(
  listener: Deno.UnixListener,
  file: { readonly path: string; readonly info: Deno.FileInfo },
): Listener {
  return {
    accept: () => listener.accept(),
    close: () => {
      closeOnce(listener);
      removeOwn(file);
    },
  };
}

function bind(
  address: UnixAddress,
  path: string,
  calls: Calls,
): Deno.UnixListener {
  const { mode, group } = address;
  const listen = () => Deno.listen({ transport: "unix", path });
  if (group === undefined) return withMode(mode, listen, calls);
  // Not for the group that it has for a moment.
  const listener = withMode(mode & OWNER_ONLY, listen, calls);
  const file = new TextEncoder().encode(`${path}\0`);
  const flags = AT_SYMLINK_NOFOLLOW;
  const errno =
    repeatedErrno(() => calls.fchownat(AT_FDCWD, file, SAME, group, flags)) ||
    repeatedErrno(() => calls.fchmodat(AT_FDCWD, file, mode, flags));
  if (errno === 0) return listener;
  listener.close();
  throw refusal(
    address,
    `its file cannot be given to the group ${group} (errno ${errno}); choose a group that this user belongs to`,
  );
}

/** A certificate chain and its key, in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** For one connection; the kernel takes twice as much. Most answers find room at once. */
const SEND_ROOM_BYTES = 64 * 1024;

/** Throws an Error whose message is one line for the user. */
export function listenTcp(
  address: TcpAddress,
  pair: KeyPair | undefined,
): Listener & { readonly port: number } {
  const { host: hostname, port } = address;
  try {
    const listener = pair === undefined
      ? Deno.listen({ hostname, port })
      : Deno.listenTls({ hostname, port, ...pair });
    limitSendRoom(listener.addr, SEND_ROOM_BYTES);
    return {
      accept: () => listener.accept(),
      close: () => closeOnce(listener),
      port: listener.addr.port,
    };
  } catch (error) {
    throw because(address, error);
  }
}

function closeOnce(listener: { close(): void }): void {
  try {
    listener.close();
  } catch {
    // It is closed already.
  }
}

function because(address: ControlSocketAddress, error: unknown): Refusal {
  const errno = error instanceof Deno.errors.AddrInUse
    ? EADDRINUSE
    : error instanceof Deno.errors.PermissionDenied
    ? EACCES
    : error instanceof Deno.errors.AddrNotAvailable
    ? EADDRNOTAVAIL
    : undefined;
  const why = errno === undefined ? errorText(error) : explain(errno, address);
  return refusal(address, why, error);
}
