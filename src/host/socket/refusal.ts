/**
 * Explains why the manager cannot listen on an address, in one line for the
 * user: what is wrong, and what to do about it.
 */
import {
  describeAddress,
  type SocketAddress,
} from "../../core/notation/describe.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { repeatedErrno } from "../libc/errno.ts";

/** A failure; the message is one line for the user. */
export class Refusal extends Error {}

export function refusal(
  address: SocketAddress,
  why: string,
  cause?: unknown,
): Refusal {
  return new Refusal(
    `Cannot listen on ${describeAddress(address)}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}

export const errorText = (error: unknown) =>
  error instanceof Error ? oneLine(error.message) : String(error);

/** Throws a Refusal if the call fails. */
export function must(address: SocketAddress, call: () => number): void {
  const errno = repeatedErrno(call);
  if (errno !== 0) throw refusal(address, explain(errno, address));
}

export const ENOENT = 2;
export const EACCES = 13;
export const ECONNREFUSED = 111;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;

/** Says what is wrong and what to do about it (errno(3), bind(2), unix(7)). */
export function explain(errno: number, address: SocketAddress): string {
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
    case EADDRNOTAVAIL:
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
