/**
 * HTTP on a listening socket that the process has inherited. Deno cannot take
 * one over (`Deno.serve` and `node:net` open their own), so the few calls of
 * libc that are needed are made here. One request a connection, without a body:
 * what Prometheus and curl ask a service discovery.
 */

/** A server that can be asked to end. */
export interface Server {
  /** Resolves when it has ended; rejects when it cannot go on. */
  readonly finished: Promise<void>;
  /** Accepts no more connections, answers those that it has, and ends. */
  shutdown(): void;
}

/** How long `shutdown` may go unnoticed. */
const ACCEPT_WAIT_MS = 20;
/** A client must send its request, and go on reading the answer, within this time. */
const CLIENT_WAIT_MS = 5_000;
const HEAD_MAX_BYTES = 16_384;

const POLLIN = 1;
const POLLOUT = 4;
/** POLLERR, POLLHUP, POLLNVAL. */
const GONE = 0x8 | 0x10 | 0x20;
const F_SETFL = 4;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const openLibc = () =>
  Deno.dlopen("libc.so.6", {
    // On a thread of its own: the event loop goes on meanwhile.
    poll: {
      parameters: ["buffer", "u64", "i32"],
      result: "i32",
      nonblocking: true,
    },
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
    accept4: {
      parameters: ["i32", "pointer", "pointer", "i32"],
      result: "i32",
    },
    recv: { parameters: ["i32", "buffer", "u64", "i32"], result: "i64" },
    send: { parameters: ["i32", "buffer", "u64", "i32"], result: "i64" },
    close: { parameters: ["i32"], result: "i32" },
  });

type Libc = ReturnType<typeof openLibc>["symbols"];

/**
 * Answers the requests that come in on the listening socket `fd`.
 *
 * @throws {Error} if `fd` is no descriptor of this process
 */
export function serveInherited(
  fd: number,
  handler: (request: Request) => Response | Promise<Response>,
): Server {
  const library = openLibc();
  const libc = library.symbols;
  // Several processes may accept from one socket: none of them may wait in
  // accept() for a connection that another one has taken.
  if (libc.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) !== 0) {
    library.close();
    throw new Error(`Cannot listen on descriptor ${fd}: it is not open`);
  }
  const open = new Set<Promise<void>>();
  let isEnding = false;
  const next = () => isEnding ? -1 : libc.accept4(fd, null, null, SOCK_CLOEXEC);
  const accept = async () => {
    while (!isEnding) {
      if (!await isPossible(libc, fd, POLLIN, ACCEPT_WAIT_MS)) continue;
      for (let peer = next(); peer >= 0; peer = next()) {
        const served = serveOne(libc, peer, handler);
        open.add(served);
        void served.finally(() => open.delete(served));
      }
    }
    await Promise.all(open);
  };
  return {
    finished: accept().finally(() => library.close()),
    shutdown: () => {
      isEnding = true;
    },
  };
}

/** Whether `what` can be done before the time is over; never with a peer that is gone. */
async function isPossible(
  libc: Libc,
  fd: number,
  what: number,
  waitMs: number,
): Promise<boolean> {
  // struct pollfd { int fd; short events; short revents; }
  const bytes = new Uint8Array(8);
  const request = new DataView(bytes.buffer);
  request.setInt32(0, fd, true);
  request.setInt16(4, what, true);
  await libc.poll(bytes, 1n, waitMs);
  const found = request.getInt16(6, true);
  return (found & what) !== 0 && (found & GONE) === 0;
}

async function serveOne(
  libc: Libc,
  peer: number,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<void> {
  try {
    const head = await readHead(libc, peer);
    const [, method, target] =
      /^([A-Z]+) (\/\S*) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
    if (method === undefined) return;
    const isAllowed = method === "GET" || method === "HEAD";
    const response = isAllowed
      ? await handler(new Request(`http://localhost${target}`, { method }))
      : new Response("use GET\n", { status: 405 });
    const body = new Uint8Array(await response.arrayBuffer());
    const lines = [
      `HTTP/1.1 ${response.status} ${response.statusText}`,
      ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
      `content-length: ${body.length}`,
      "connection: close",
    ];
    await send(
      libc,
      peer,
      new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`),
    );
    if (method !== "HEAD") await send(libc, peer, body);
  } finally {
    libc.close(peer);
  }
}

/** All of a request up to the empty line; empty if it does not come. */
async function readHead(libc: Libc, peer: number): Promise<string> {
  const buffer = new Uint8Array(HEAD_MAX_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const rest = buffer.subarray(length);
    const count = Number(
      libc.recv(peer, rest, BigInt(rest.length), MSG_DONTWAIT),
    );
    if (count === 0) return "";
    if (count < 0) {
      if (await isPossible(libc, peer, POLLIN, CLIENT_WAIT_MS)) continue;
      return "";
    }
    length += count;
    const text = new TextDecoder().decode(buffer.subarray(0, length));
    if (text.includes("\r\n\r\n")) return text;
  }
  return "";
}

async function send(
  libc: Libc,
  peer: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    const flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    const count = Number(libc.send(peer, rest, BigInt(rest.length), flags));
    if (count > 0) rest = rest.subarray(count);
    else if (!await isPossible(libc, peer, POLLOUT, CLIENT_WAIT_MS)) return;
  }
}
