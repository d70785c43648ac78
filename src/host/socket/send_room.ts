/**
 * Limits what the kernel keeps for clients that do not read: up to tcp_wmem, 4 MB
 * by default, for each connection, which counts as memory of the container. The
 * runtime has no option for it, so the listening socket is looked for among our
 * descriptors by its address; connections that are accepted there inherit the limit
 * (socket(7), tcp(7)).
 */
import { libcCalls } from "../libc/calls.ts";
import { isNamed, nameOf, ownDescriptors } from "./cut.ts";
import { INET_SYMBOLS } from "./internet_socket.ts";

export const sendRoomCalls = libcCalls({
  ...INET_SYMBOLS,
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
});

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;

/** Call it before the first connection is accepted. Without libc nothing is limited. */
export function limitSendRoom(listening: Deno.NetAddr, bytes: number): void {
  const calls = sendRoomCalls();
  if (calls === undefined) return;
  const name = nameOf(listening, calls);
  if (name === undefined) return;
  const fd = ownDescriptors()
    ?.find((one) => isNamed(calls.getsockname, one, name));
  if (fd === undefined) return;
  const size = new Int32Array(new ArrayBuffer(4));
  size[0] = bytes;
  calls.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, size.byteLength);
}
