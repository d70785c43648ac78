/**
 * Finds the sockets that listen at an address, and the processes that hold
 * them, in the kernel's tables (proc_pid_net(5), proc_pid_fd(5)). Opens no
 * connection.
 */
import { libcCalls } from "../libc/calls.ts";
import { linkTarget, namesIn, readPieces } from "../process/proc.ts";
import {
  AF_INET,
  AF_INET6,
  INET_SYMBOLS,
  internetName,
} from "./internet_socket.ts";

export const addressCalls = libcCalls({
  ...INET_SYMBOLS,
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/**
 * The offset and the length of the address in struct sockaddr_in and
 * sockaddr_in6.
 */
const ADDRESS_IN_NAME = {
  [AF_INET]: { at: 4, bytes: 4 },
  [AF_INET6]: { at: 8, bytes: 16 },
} as const;
/** The prefix ::ffff:0:0/96, with which IPv4 addresses are written as IPv6. */
const MAPPED = `${"0".repeat(20)}ffff`;
const ANY_IPV4 = "00000000";
const ANY_IPV6 = "0".repeat(32);
const LOOPBACK_IPV4 = "7f000001";
const LOOPBACK_IPV6 = `${ANY_IPV6.slice(1)}1`;
const LISTENING = "0A";

/**
 * The inodes of the sockets that a connection to one of these addresses can
 * reach. None for an address of another machine. Undefined if the tables cannot
 * be read. The tables are those of our network namespace.
 */
export function listeningInodes(
  hosts: readonly string[],
  port: number,
): ReadonlySet<string> | undefined {
  const four = listenersIn("/proc/self/net/tcp");
  if (four === undefined) return undefined;
  // Without IPv6 the second table does not exist.
  const all = [...four, ...listenersIn("/proc/self/net/tcp6") ?? []]
    .filter((listener) => listener.port === port);
  if (all.length === 0) return new Set();
  const reached = hosts.map(ownAddressOf)
    .filter((address) => address !== undefined)
    .flatMap((address) => reachedAt(address, all));
  return new Set(reached.map(({ inode }) => inode));
}

interface Listener {
  /** In hexadecimal, in the network's byte order. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/**
 * The listeners that the kernel chooses from: those of the exact address, else
 * those of the "any" address of the same IP version, else those of `::`, which
 * accepts both versions.
 */
function reachedAt(address: string, all: readonly Listener[]): Listener[] {
  const any = address.length === ANY_IPV4.length ? ANY_IPV4 : ANY_IPV6;
  for (const wanted of [address, any, ANY_IPV6]) {
    const found = all.filter((listener) => listener.address === wanted);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * The listeners in a table. They stand first in it, so the many connections of
 * a busy host are not read.
 */
function listenersIn(path: string): Listener[] | undefined {
  const pieces = readPieces(path);
  if (pieces === undefined) return undefined;
  const listeners: Listener[] = [];
  let rest = "";
  let isHeader = true;
  for (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      if (isHeader) isHeader = false;
      else if (fields[3] !== LISTENING) return listeners;
      else listeners.push(readListener(fields));
    }
  }
  return listeners;
}

/**
 * Reads a line of the table: `sl local_address rem_address st tx:rx tr:when
 * retrnsmt uid timeout inode`.
 */
function readListener(fields: readonly string[]): Listener {
  const [words, port] = fields[1].split(":");
  // Each word of 32 bits is in the machine's byte order, which is little-endian
  // on both architectures.
  const network = words.toLowerCase().replace(
    /(..)(..)(..)(..)/g,
    "$4$3$2$1",
  );
  return {
    address: withoutMapping(network),
    port: parseInt(port, 16),
    inode: fields[9],
  };
}

/**
 * An IP address of this machine in the format of the table; undefined for any
 * other text. The "any" address becomes the loopback address, because a
 * connection to it goes there.
 */
function ownAddressOf(host: string): string | undefined {
  const calls = addressCalls();
  if (calls === undefined) return undefined;
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const name = internetName(family, host, 0, calls);
  if (name === undefined) return undefined;
  const { at, bytes } = ADDRESS_IN_NAME[family];
  const address = withoutMapping(name.subarray(at, at + bytes).toHex());
  if (address === ANY_IPV4) return LOOPBACK_IPV4;
  if (address === ANY_IPV6) return LOOPBACK_IPV6;
  const isIpv4Loopback = address.length === ANY_IPV4.length &&
    address.startsWith("7f");
  if (isIpv4Loopback) return address;
  // A socket can be bound only to an address of this machine (bind(2)).
  const fd = calls.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const isOwn = calls.bind(fd, name, name.length) === 0;
  calls.close(fd);
  return isOwn ? address : undefined;
}

const withoutMapping = (address: string) =>
  address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;

/**
 * The sockets among `inodes` that a process has open; undefined if we may not
 * see that.
 */
export function heldBy(
  pid: number | "self",
  inodes: ReadonlySet<string>,
): readonly string[] | undefined {
  const directory = `/proc/${pid}/fd`;
  const numbers = namesIn(directory)?.filter((name) => /^\d+$/.test(name));
  if (numbers === undefined) return undefined;
  const targets = numbers.map((number) => linkTarget(`${directory}/${number}`));
  // We may be allowed to list the names but not to read the links (ptrace(2),
  // access modes).
  const isHidden = targets.length > 0 &&
    targets.every((target) => target === undefined);
  if (isHidden) return undefined;
  return targets
    .map((target) => /^socket:\[(\d+)\]$/.exec(target ?? "")?.[1])
    .filter((inode) => inode !== undefined && inodes.has(inode)) as string[];
}
