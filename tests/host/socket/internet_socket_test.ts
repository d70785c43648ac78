/** Addresses of TCP sockets, as bytes. */
import assert from "node:assert/strict";
import {
  AF_INET,
  AF_INET6,
  internetName,
} from "../../../src/host/socket/internet_socket.ts";
import { socketCalls } from "../../../src/host/socket/stream_socket.ts";
import "../loaded_libc.ts";

function nameOf(family: number, host: string): string | undefined {
  const calls = socketCalls();
  assert.ok(calls);
  return internetName(family, host, 8080, calls)?.toHex();
}

Deno.test("the address of a TCP socket has the family, the port and the IP address", () => {
  assert.equal(
    nameOf(AF_INET, "127.0.0.1"),
    "02001f907f000001" + "00".repeat(8),
  );
  assert.equal(
    nameOf(AF_INET6, "fe80::1"),
    "0a001f90" + "00".repeat(4) + "fe80" + "00".repeat(13) + "01" +
      "00".repeat(4),
  );
});

Deno.test("a text that is not an IP address of the family has no address", () => {
  for (
    const [family, host] of [
      [AF_INET, "localhost"],
      [AF_INET, "127.0.0.1:80"],
      [AF_INET, "::1"],
      [AF_INET6, "127.0.0.1"],
      [AF_INET6, "fe80::1%lo"],
    ] as const
  ) assert.equal(nameOf(family, host), undefined, host);
});
