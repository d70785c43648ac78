/** HTTP on an inherited socket: what is answered, and that no client keeps the server from its end. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { serveInherited } from "../../../examples/http-sd/inherited_http.ts";
import { until } from "../../e2e/until.ts";

const AF_INET = 2;
const SOCK_STREAM = 1;
/** Programs that other tests start at the same time do not inherit it. */
const SOCK_CLOEXEC = 0o2000000;

/** A listening socket of 127.0.0.1, as a descriptor. */
function listen(): { fd: number; port: number } {
  const libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    listen: { parameters: ["i32", "i32"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  });
  const { socket, bind, listen, getsockname } = libc.symbols;
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
  equal(bind(fd, address, 16), 0);
  equal(listen(fd, 16), 0);
  equal(
    getsockname(fd, address, new Uint8Array(new Uint32Array([16]).buffer)),
    0,
  );
  libc.close();
  return { fd, port: new DataView(address.buffer).getUint16(2) };
}

Deno.test("inherited http: answers GET and HEAD, refuses others, and ends when asked", async () => {
  const { fd, port } = listen();
  // More than any send buffer holds.
  const large = "x".repeat(8 * 1_024 * 1_024);
  const server = serveInherited(fd, async ({ url }) => {
    await Promise.resolve();
    const { pathname, search } = new URL(url);
    return new Response(
      pathname === "/large" ? large : `${pathname}${search}`,
      { status: 203 },
    );
  });
  const ask = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };
  deepEqual(await ask("/a?b=c"), { status: 203, text: "/a?b=c" });
  deepEqual(await ask("/a", "HEAD"), { status: 203, text: "" });
  deepEqual(await ask("/a", "DELETE"), { status: 405, text: "use GET\n" });
  equal((await ask("/large")).text === large, true);
  server.shutdown();
  await server.finished;
});

Deno.test("inherited http: a client that goes before its answer does not keep the server", async () => {
  const { fd, port } = listen();
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const server = serveInherited(fd, async () => {
    asked.resolve();
    await gone.promise;
    return new Response("x".repeat(1_024 * 1_024));
  });
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await asked.promise;
  client.close();
  gone.resolve();
  let isOver = false;
  server.shutdown();
  void server.finished.then(() => isOver = true);
  await until("the server's end", () => isOver, 10_000);
});

Deno.test("inherited http: refuses a descriptor that is not open", () => {
  throws(() => serveInherited(999, () => new Response()), {
    message: "Cannot listen on descriptor 999: it is not open",
  });
});
