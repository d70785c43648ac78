/** The addresses of TCP sockets, as libc needs them (ip(7), ipv6(7)). */
import type { Calls } from "../libc/calls.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The part of libc that reads the text of an IP address (inet_pton(3)). */
export const INET_SYMBOLS = {
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
} as const;

/**
 * A struct sockaddr_in or sockaddr_in6, with the family in our byte order and
 * the port in that of the network; undefined if the host is not an IP address.
 */
export function internetName(
  family: number,
  host: string,
  port: number,
  calls: Calls<typeof INET_SYMBOLS>,
): Uint8Array<ArrayBuffer> | undefined {
  const name = new Uint8Array(family === AF_INET6 ? 28 : 16);
  name.set([family, 0, port >> 8, port & 0xff]);
  const text = new TextEncoder().encode(`${host}\0`);
  const ip = name.subarray(family === AF_INET6 ? 8 : 4);
  return calls.inet_pton(family, text, ip) === 1 ? name : undefined;
}
