/**
 * The listening sockets that the manager opens for its children. Every child
 * inherits them under the same numbers, so connections that arrive between two
 * children wait instead of being refused. The manager itself accepts no
 * connection.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import { describeAddress } from "../../core/notation/describe.ts";
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { SystemError } from "../files/inode.ts";
import { repeatedErrno } from "../libc/errno.ts";
import { type Calls as CallsOf, libcCalls } from "../libc/calls.ts";
import { lockPath } from "./path_lock.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  UNIX_PATH_MAX_BYTES,
  unixName,
} from "./unix_socket.ts";

const SOCKET_SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  umask: { parameters: ["u32"], result: "u32" },
} as const;

export const socketCalls = libcCalls(SOCKET_SYMBOLS);

type Calls = CallsOf<typeof SOCKET_SYMBOLS>;
type TcpAddress = Extract<ListenAddress, { kind: "tcp" }>;
type UnixAddress = Extract<ListenAddress, { kind: "unix" }>;

/**
 * An open socket. `file` is the socket file that we have made, if there is one.
 */
interface Listener {
  readonly fd: number;
  readonly file?: { readonly path: string; readonly info: Deno.FileInfo };
}

const listeners: Listener[] = [];

/**
 * Opens a listening stream socket for each address, and returns the descriptors
 * in the same order. They are blocking and close-on-exec; `sharing` lets a
 * child inherit them. Throws an Error whose message is one line for the user,
 * and then leaves no socket open.
 */
export function openListeners(addresses: readonly ListenAddress[]): number[] {
  const opened: Listener[] = [];
  try {
    for (const address of addresses) opened.push(open(address));
  } catch (error) {
    opened.forEach(close);
    throw error;
  }
  listeners.push(...opened);
  return opened.map(({ fd }) => fd);
}

/**
 * Closes all sockets and removes their files, except files that another process
 * has put in their place. The descriptors of a child stay open.
 */
export function closeListeners(): void {
  listeners.splice(0).forEach(close);
}

export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

function open(address: ListenAddress): Listener {
  const calls = socketCalls();
  if (calls === undefined) {
    throw refusal(address, "this needs glibc, which cannot be loaded here");
  }
  return address.kind === "tcp"
    ? openTcp(address, calls)
    : openUnix(address, calls);
}

function openTcp(address: TcpAddress, calls: Calls): Listener {
  const { host, port, backlog } = address;
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const name = internetName(family, host, port, calls);
  if (name === undefined) {
    throw refusal(address, `${host} is not an IP address`);
  }
  const fd = newSocket(address, family, calls);
  try {
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, calls);
    // `::` accepts IPv4 connections too, whatever net.ipv6.bindv6only says.
    if (family === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0, calls);
    must(address, () => calls.bind(fd, name, name.length));
    must(address, () => calls.listen(fd, backlog));
    return { fd };
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

function openUnix(address: UnixAddress, calls: Calls): Listener {
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
  let listener: Listener = { fd: newSocket(address, AF_UNIX, calls) };
  const { fd } = listener;
  try {
    bindWithMode(address, fd, name, calls);
    listener = { fd, file: { path, info: Deno.lstatSync(path) } };
    must(address, () => calls.listen(fd, backlog));
    return listener;
  } catch (error) {
    close(listener);
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
  calls: Calls,
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

function close({ fd, file }: Listener): void {
  socketCalls()?.close(fd);
  if (file === undefined) return;
  const { path, info: { dev, ino } } = file;
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

function newSocket(
  address: ListenAddress,
  family: number,
  calls: Calls,
  flags = 0,
): number {
  let fd = -1;
  const type = SOCK_STREAM | SOCK_CLOEXEC | flags;
  const create = () => fd = calls.socket(family, type, 0);
  must(address, create);
  return fd;
}

function setOption(
  fd: number,
  level: number,
  option: number,
  value: number,
  calls: Calls,
): void {
  // This fails only for a socket of another kind.
  calls.setsockopt(fd, level, option, new Int32Array([value]), 4);
}

/**
 * A struct sockaddr_in or sockaddr_in6, with the family in our byte order and
 * the port in that of the network; undefined if the host is not an IP address.
 */
export function internetName(
  family: number,
  host: string,
  port: number,
  calls: Pick<Calls, "inet_pton">,
): Uint8Array<ArrayBuffer> | undefined {
  const name = new Uint8Array(family === AF_INET6 ? 28 : 16);
  name.set([family, 0, port >> 8, port & 0xff]);
  const text = new TextEncoder().encode(`${host}\0`);
  const ip = name.subarray(family === AF_INET6 ? 8 : 4);
  return calls.inet_pton(family, text, ip) === 1 ? name : undefined;
}

/** A failure; the message is one line for the user. */
class Refusal extends Error {}

function refusal(
  address: ListenAddress,
  why: string,
  cause?: unknown,
): Refusal {
  return new Refusal(
    `Cannot listen on ${describeAddress(address)}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}

const errorText = (error: unknown) =>
  error instanceof Error ? oneLine(error.message) : String(error);

/** Throws a Refusal if the call fails. */
function must(address: ListenAddress, call: () => number): void {
  const errno = repeatedErrno(call);
  if (errno !== 0) throw refusal(address, explain(errno, address));
}

const ENOENT = 2;
const EACCES = 13;
const ECONNREFUSED = 111;
const EADDRINUSE = 98;

/** Says what is wrong and what to do about it (errno(3), bind(2), unix(7)). */
function explain(errno: number, address: ListenAddress): string {
  const tcp = address.kind === "tcp";
  switch (errno) {
    case EADDRINUSE:
      return `the address is in use by another process; stop that one or choose another ${
        tcp ? "port" : "path"
      }`;
    case EACCES:
      return tcp
        ? "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE or net.ipv4.ip_unprivileged_port_start, so choose one from 1024 on"
        : "permission denied; this user needs to write to its directory";
    case 99:
      return "the address does not belong to this machine or container; tcp::PORT listens on all that do";
    case 97:
      return "there is no IPv6 here; tcp:0.0.0.0:PORT listens on all IPv4 addresses";
    case ENOENT:
      return "its directory does not exist";
    case 20:
      return "a part of its path is not a directory";
    case 23:
    case 24:
      return "too many open files";
    case 30:
      return "its directory is on a read-only file system";
    default:
      return `errno ${errno}`;
  }
}
