/** The calls of libc that open a listening socket (socket(2), bind(2), listen(2)). */
import { type Calls, libcCalls } from "../libc/calls.ts";
import { INET_SYMBOLS } from "./internet_socket.ts";
import { NAME_SYMBOLS } from "./socket_file.ts";

const SOCKET_SYMBOLS = {
  ...NAME_SYMBOLS,
  ...INET_SYMBOLS,
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
} as const;

export const socketCalls = libcCalls(SOCKET_SYMBOLS);

export type SocketCalls = Calls<typeof SOCKET_SYMBOLS>;
