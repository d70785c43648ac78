/** HTTP on an inherited socket: what is answered, and that no client keeps the server from its end. */
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { serve } from "../../examples/serving.ts";
import { until } from "../e2e/until.ts";
import { holdPort } from "../fixtures/held_port.ts";

const AF_INET = 2;
const SOCK_STREAM = 1;
/** Programs that other tests start at the same time do not inherit it. */
const SOCK_CLOEXEC = 0o2000000;

interface Listening extends Disposable {
  readonly fd: number;
  readonly port: number;
}

/** A listening socket of 127.0.0.1, as a descriptor, which its scope closes. */
function listen(): Listening {
  const libc = Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    listen: { parameters: ["i32", "i32"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const { socket, bind, listen, getsockname, close } = libc.symbols;
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const address = new Uint8Array(16);
  address.set([AF_INET, 0, 0, 0, 127, 0, 0, 1]);
  equal(bind(fd, address, 16), 0);
  equal(listen(fd, 16), 0);
  equal(
    getsockname(fd, address, new Uint8Array(new Uint32Array([16]).buffer)),
    0,
  );
  return {
    fd,
    port: new DataView(address.buffer).getUint16(2),
    [Symbol.dispose]: () => {
      equal(close(fd), 0);
      libc.close();
    },
  };
}

Deno.test("serving: an inherited socket is answered by HTTP, and by nobody after the end", async () => {
  using socket = listen();
  const { fd, port } = socket;
  // More than any send buffer holds.
  const large = "x".repeat(8 * 1_024 * 1_024);
  const server = serve({ fd }, async ({ url, body }) => {
    const { pathname, search } = new URL(url);
    const said = body === null ? "" : await new Response(body).text();
    const text = pathname === "/large" ? large : `${pathname}${search}${said}`;
    return new Response(text, { status: 203 });
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  deepEqual(await ask("/a?b=c"), { status: 203, text: "/a?b=c" });
  deepEqual(await ask("/a", { method: "PUT", body: "!" }), {
    status: 203,
    text: "/a!",
  });
  equal((await ask("/large")).text === large, true);
  await server.end();
  // The socket is open, and another process would accept from it.
  const late = AbortSignal.timeout(200);
  await rejects(ask("/late", { signal: late }), { name: "TimeoutError" });
});

Deno.test("serving: what came before the end is answered, with a request to connect anew", async () => {
  using socket = listen();
  const { fd, port } = socket;
  const asked = Promise.withResolvers<void>();
  const goes = Promise.withResolvers<void>();
  const server = serve({ fd }, async () => {
    asked.resolve();
    await goes.promise;
    return new Response("answered");
  });
  const answer = fetch(`http://127.0.0.1:${port}/`);
  await asked.promise;
  const ended = server.end();
  goes.resolve();
  const response = await answer;
  equal(response.headers.get("connection"), "close");
  equal(await response.text(), "answered");
  await ended;
});

const FIXTURES = new URL("../fixtures/tls/", import.meta.url).pathname;

Deno.test("serving: clients of HTTP/2 that ask all the time go over to the next server, and nothing is lost", async () => {
  using socket = listen();
  const { fd, port } = socket;
  const tls = {
    cert: await Deno.readTextFile(`${FIXTURES}one.cert.pem`),
    key: await Deno.readTextFile(`${FIXTURES}one.key.pem`),
  };
  const answering = (name: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 5 + 20 * Math.random()));
    return new Response(name);
  };
  const first = serve({ fd }, answering("first"), tls);
  const client = Deno.createHttpClient({ caCerts: [tls.cert], http1: false });
  const answers: string[] = [];
  const lost: string[] = [];
  let isLoaded = true;
  const load = Array.from({ length: 8 }, async () => {
    while (isLoaded) {
      try {
        const response = await fetch(`https://localhost:${port}/`, { client });
        answers.push(await response.text());
      } catch (error) {
        lost.push(String(error));
      }
    }
  });
  await until("the first answers", () => answers.length > 20);
  const next = serve({ fd }, answering("second"), tls);
  let isOver = false;
  const ended = first.end().then(() => isOver = true);
  await until("the end of the first server", () => isOver);
  const before = answers.length;
  await until("answers of the second", () => answers.length > before + 20);
  isLoaded = false;
  await Promise.all([...load, ended]);
  deepEqual(lost, []);
  equal(answers.at(-1), "second");
  client.close();
  await next.end();
});

for (
  const [what, sent] of [
    ["goes before its answer", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["has sent half of a request", "GET / HTTP/1.1\r\nHo"],
    ["has sent nothing", ""],
  ] as const
) {
  Deno.test(`serving: a client that ${what} does not keep the server`, {
    // `shutdown` may go on after the end: the process is expected to exit.
    sanitizeOps: false,
    sanitizeResources: false,
  }, async () => {
    using socket = listen();
    const { fd, port } = socket;
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const server = serve({ fd }, async () => {
      asked.resolve();
      await gone.promise;
      return new Response("x".repeat(1_024 * 1_024));
    });
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode(sent));
    if (sent.endsWith("\r\n\r\n")) {
      await asked.promise;
      client.close();
    }
    gone.resolve();
    let isOver = false;
    void server.end().then(() => isOver = true);
    await until("the server's end", () => isOver);
    if (!sent.endsWith("\r\n\r\n")) client.close();
  });
}

Deno.test(
  "serving: at an address, half of a request does not keep the server",
  {
    sanitizeOps: false,
    sanitizeResources: false,
  },
  async () => {
    using held = holdPort();
    const { port } = held;
    const server = serve(
      { hostname: "127.0.0.1", port },
      () => new Response("answered"),
    );
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHo"));
    let isOver = false;
    void server.end().then(() => isOver = true);
    await until("the server's end", () => isOver);
  },
);

Deno.test("serving: refuses a descriptor that is not open", () => {
  throws(() => serve({ fd: 999 }, () => new Response()), {
    message: "Cannot listen on descriptor 999: it is not open",
  });
});
