/** Makes stream sockets through libc (socket(2)). */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { type Calls, libcCalls } from "../libc/calls.ts";
import { INET_SYMBOLS } from "./internet_socket.ts";
import { must } from "./listen_refusal.ts";
import { SOCK_CLOEXEC } from "./unix_socket.ts";

const SOCKET_SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  ...INET_SYMBOLS,
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  umask: { parameters: ["u32"], result: "u32" },
} as const;

export const socketCalls = libcCalls(SOCKET_SYMBOLS);

export type SocketCalls = Calls<typeof SOCKET_SYMBOLS>;

const SOCK_STREAM = 1;

/**
 * Makes a close-on-exec socket for an address and returns its descriptor.
 * Throws a Refusal if that fails.
 */
export function newSocket(
  address: ListenAddress,
  family: number,
  calls: SocketCalls,
  flags = 0,
): number {
  let fd = -1;
  const type = SOCK_STREAM | SOCK_CLOEXEC | flags;
  const create = () => fd = calls.socket(family, type, 0);
  must(address, create);
  return fd;
}
