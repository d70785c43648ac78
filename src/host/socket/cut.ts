/**
 * Ends a connection that the runtime cannot end: while a write waits for room, or a
 * TLS handshake for the other side, its `close` only takes effect when that side
 * has done something (measured on Deno 2.7.11, with TCP and with unix sockets). It does not tell the descriptor either,
 * so that is looked for among ours by the addresses of both ends.
 */
import { libcCalls } from "../libc/calls.ts";
import { namesIn } from "../process/proc.ts";
import { AF_INET, AF_INET6, internetName } from "./internet_socket.ts";
import { unixName } from "./unix_socket.ts";

export const cutCalls = libcCalls({
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
});

type Calls = NonNullable<ReturnType<typeof cutCalls>>;

/** getsockname(2) or getpeername(2). */
type AskName = (
  fd: number,
  name: Uint8Array<ArrayBuffer>,
  length: Uint32Array<ArrayBuffer>,
) => number;

const SHUT_RDWR = 2;
/** Bytes that the other side has not taken yet (unix(7)). */
const SIOCOUTQ = 0x5411n;
/** struct sockaddr_un is the longest. */
const NAME_MAX_BYTES = 110;
/** In struct sockaddr_in6: of the interface of a link-local address, which the runtime does not tell. */
const SCOPE_OFFSET = 24;

/**
 * Lets what waits for the connection fail at once. Peers at a unix socket have no
 * addresses: there the connection is cut whose peer has left most unread, which
 * is one whose write waits.
 */
export function cut(
  { localAddr, remoteAddr }: Pick<Deno.Conn, "localAddr" | "remoteAddr">,
): void {
  const calls = cutCalls();
  const fds = ownDescriptors();
  if (calls === undefined || fds === undefined) return;
  const fd = remoteAddr.transport === "tcp"
    ? tcpDescriptor(fds, localAddr, remoteAddr, calls)
    : unixDescriptor(fds, localAddr, calls);
  if (fd !== undefined) calls.shutdown(fd, SHUT_RDWR);
}

/** Undefined where /proc is not there. */
export const ownDescriptors = (): readonly number[] | undefined =>
  namesIn("/proc/self/fd")
    ?.filter((name) => /^\d+$/.test(name)).map(Number);

function tcpDescriptor(
  fds: readonly number[],
  local: Deno.Addr,
  remote: Deno.Addr,
  calls: Calls,
): number | undefined {
  const [own, peer] = [local, remote].map((address) => nameOf(address, calls));
  if (own === undefined || peer === undefined) return undefined;
  return fds.find((fd) =>
    isNamed(calls.getpeername, fd, peer) && isNamed(calls.getsockname, fd, own)
  );
}

export function nameOf(
  address: Deno.Addr,
  calls: Pick<Calls, "inet_pton">,
): Uint8Array | undefined {
  if (address.transport !== "tcp") return undefined;
  const { hostname, port } = address;
  const family = hostname.includes(":") ? AF_INET6 : AF_INET;
  return internetName(family, hostname, port, calls)
    ?.subarray(0, SCOPE_OFFSET);
}

function unixDescriptor(
  fds: readonly number[],
  local: Deno.Addr,
  calls: Calls,
): number | undefined {
  const name = local.transport === "unix" ? unixName(local.path) : undefined;
  if (name === undefined) return undefined;
  const unread = (fd: number) => {
    const bytes = new Int32Array(new ArrayBuffer(4));
    return calls.ioctl(fd, SIOCOUTQ, bytes) === 0 ? bytes[0] : 0;
  };
  return fds
    .filter((fd) => isNamed(calls.getsockname, fd, name))
    .map((fd) => ({ fd, bytes: unread(fd) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((one, other) => other.bytes - one.bytes)[0]?.fd;
}

/** Whether that end of the socket has this name. */
export function isNamed(
  ask: AskName,
  fd: number,
  name: Uint8Array,
): boolean {
  const found = new Uint8Array(NAME_MAX_BYTES);
  // With a buffer of its own: V8 moves the contents of a small array.
  const length = new Uint32Array(new ArrayBuffer(4));
  length[0] = found.length;
  if (ask(fd, found, length) !== 0) return false;
  return name.every((byte, at) => found[at] === byte);
}
