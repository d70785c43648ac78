/**
 * The listening sockets that the manager opens for its children. Every child
 * inherits them under the same numbers, so connections that arrive between two
 * children wait instead of being refused. The manager itself accepts no
 * connection.
 */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { AF_INET, AF_INET6, internetName } from "./internet_socket.ts";
import { must, refusal } from "./refusal.ts";
import { newSocket, removeOwn, type SocketFile } from "./socket_file.ts";
import { type SocketCalls, socketCalls } from "./stream_socket.ts";
import { openUnix } from "./unix_listener.ts";

type TcpAddress = Extract<ListenAddress, { kind: "tcp" }>;

/** An open socket, and the file of a Unix socket. */
interface Listener {
  readonly fd: number;
  readonly file?: SocketFile;
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

function openTcp(address: TcpAddress, calls: SocketCalls): Listener {
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

function setOption(
  fd: number,
  level: number,
  option: number,
  value: number,
  calls: SocketCalls,
): void {
  // This fails only for a socket of another kind.
  calls.setsockopt(fd, level, option, new Int32Array([value]), 4);
}

function close({ fd, file }: Listener): void {
  socketCalls()?.close(fd);
  if (file !== undefined) removeOwn(file);
}
