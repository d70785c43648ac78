/** Who listens at an address, against real sockets. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { heldBy, listeningInodes } from "../../../src/host/socket/tcp_table.ts";
import "../loaded_libc.ts";

const at = (port: number, ...hosts: string[]) => {
  const inodes = listeningInodes(hosts, port);
  ok(inodes !== undefined);
  return inodes;
};

Deno.test("a listening socket is found at its address, and nowhere else", () => {
  using four = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = four.addr;
  const found = at(port, "127.0.0.1");
  equal(found.size, 1);
  for (const host of ["0.0.0.0", "::ffff:127.0.0.1"]) {
    deepEqual(at(port, host), found);
  }
  deepEqual(at(port, "::1", "127.0.0.1"), found);
  for (const host of ["127.0.0.2", "::1", "192.0.2.1", "no address"]) {
    equal(at(port, host).size, 0, host);
  }
  deepEqual(heldBy("self", found), [...found]);
  deepEqual(heldBy("self", new Set(["1"])), []);
});

Deno.test("one that listens on all addresses is found at those of the machine only", () => {
  using all = Deno.listen({ hostname: "::", port: 0 });
  const { port } = all.addr;
  const found = at(port, "::1");
  equal(found.size, 1);
  deepEqual(at(port, "127.0.0.1"), found);
  deepEqual(at(port, "127.3.2.1"), found);
  equal(at(port, "192.0.2.1").size, 0);
  equal(at(port, "2001:db8::1").size, 0);
});

Deno.test("a connection is not a listener, and a closed one is gone", () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  equal(at(port, "127.0.0.1").size, 0);
});

Deno.test("of a process that is not there, nothing is known", () => {
  equal(heldBy(2 ** 22 + 1, new Set(["1"])), undefined);
});
