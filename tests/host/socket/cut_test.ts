/** Ending a connection whose write waits: the one that is meant, and no other. */
import assert from "node:assert/strict";
import {
  cut,
  cutCalls,
  isNamed,
  nameOf,
} from "../../../src/host/socket/cut.ts";
import {
  AF_INET6,
  internetName,
} from "../../../src/host/socket/internet_socket.ts";
import { tempDirectory } from "../temp.ts";
import "../loaded_libc.ts";

type Pair = readonly [client: Deno.Conn, served: Deno.Conn];

async function pairsAt(
  listener: Deno.Listener<Deno.Conn>,
  connect: () => Promise<Deno.Conn>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let count = 0; count < 3; count++) {
    pairs.push(await Promise.all([connect(), listener.accept()]));
  }
  return pairs;
}

/** Fills what there is room for, and more. */
async function fill(conn: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(64 * 1024 * 1024);
  try {
    for (let at = 0; at < bytes.length;) {
      at += await conn.write(bytes.subarray(at));
    }
    return "written";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function assertOnlyOneIsCut(pairs: readonly Pair[]): Promise<void> {
  const [[, before], [, stuck], [, after]] = pairs;
  const filled = fill(stuck);
  const early = await Promise.race([
    filled,
    new Promise((done) => setTimeout(() => done("waits"), 50)),
  ]);
  assert.equal(early, "waits");
  cut(stuck);
  assert.equal(await filled, "BrokenPipe");
  for (const conn of [before, after]) {
    assert.equal(await conn.write(new Uint8Array(5)), 5);
  }
  for (const conn of pairs.flat()) conn.close();
}

for (const hostname of ["127.0.0.1", "::"]) {
  Deno.test(`a connection at ${hostname} is cut by the addresses of its ends`, async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr;
    const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
    await assertOnlyOneIsCut(await pairsAt(listener, connect));
  });
}

Deno.test("a link-local address is found although nobody tells its interface", () => {
  const calls = cutCalls();
  assert.ok(calls);
  const hostname = "fe80::1";
  const name = nameOf({ transport: "tcp", hostname, port: 80 }, calls);
  assert.ok(name);
  const at = (port: number) => (_: number, found: Uint8Array) => {
    const address = internetName(AF_INET6, hostname, port, calls);
    assert.ok(address);
    // The number of the interface.
    address[24] = 2;
    found.set(address);
    return 0;
  };
  assert.ok(isNamed(at(80), 5, name));
  assert.ok(!isNamed(at(81), 5, name));
});

Deno.test("at a unix socket the connection is cut whose peer has most unread", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  using listener = Deno.listen({ transport: "unix", path });
  const connect = () => Deno.connect({ transport: "unix", path });
  const pairs = await pairsAt(listener, connect);
  await pairs[0][1].write(new Uint8Array(10));
  await assertOnlyOneIsCut(pairs);
});

Deno.test("a connection that is closed already is left alone", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port });
  const pairs = await pairsAt(listener, connect);
  const [closed, ...rest] = pairs;
  for (const conn of closed) conn.close();
  cut(closed[1]);
  for (const [, conn] of rest) {
    assert.equal(await conn.write(new Uint8Array(5)), 5);
  }
  for (const conn of rest.flat()) conn.close();
});
