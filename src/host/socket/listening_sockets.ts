/**
 * The sockets that the manager listens on for its children: every child
 * inherits them under the same numbers, so connections that come between two
 * children wait instead of being refused. Accepts nothing itself.
 */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { type Calls as CallsOf, libcCalls } from "../libc/calls.ts";
import { errorText, must, Refusal, refusal } from "./refusal.ts";
import {
  lockName,
  NAME_SYMBOLS,
  newSocket,
  removeOwn,
  removeStale,
  type SocketFile,
  withMode,
} from "./socket_file.ts";
import { AF_UNIX, UNIX_PATH_MAX_BYTES, unixName } from "./unix_socket.ts";

const SOCKET_SYMBOLS = {
  ...NAME_SYMBOLS,
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
} as const;

export const socketCalls = libcCalls(SOCKET_SYMBOLS);

type Calls = CallsOf<typeof SOCKET_SYMBOLS>;
type TcpAddress = Extract<ListenAddress, { kind: "tcp" }>;
type UnixAddress = Extract<ListenAddress, { kind: "unix" }>;

/** An open socket, and its file as it was when we made it. */
interface Listener {
  readonly fd: number;
  readonly file?: SocketFile;
}

const listeners: Listener[] = [];

/**
 * Opens a listening stream socket for each address and returns the descriptors
 * in order: blocking, close-on-exec (`sharing` gives them to a child). Throws an Error whose message is one
 * line for the user; nothing is left open then.
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

/** Closes them all and removes their socket files, unless somebody has put others there. A child keeps its copies. */
export function closeListeners(): void {
  listeners.splice(0).forEach(close);
}

export const AF_INET = 2;
export const AF_INET6 = 10;
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
    // `::` takes IPv4 too, whatever net.ipv6.bindv6only says.
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
  using _lock = lockName(address);
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

/** The mode of the file is what fchmod(2) has given the socket before, without the bits of the umask. */
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
  withMode(mode, bind, calls);
}

function close({ fd, file }: Listener): void {
  socketCalls()?.close(fd);
  if (file !== undefined) removeOwn(file);
}

function setOption(
  fd: number,
  level: number,
  option: number,
  value: number,
  calls: Calls,
): void {
  // Refused only for a socket of another kind.
  calls.setsockopt(fd, level, option, new Int32Array([value]), 4);
}

/** struct sockaddr_in or sockaddr_in6: family in our byte order, port in the network's. */
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
