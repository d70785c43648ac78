/**
 * HTTP on a listening socket that the process has inherited. Deno cannot take
 * one over (`Deno.serve` and `node:net` open their own), so the few calls of
 * libc that are needed are made here. One request a connection, no body: enough
 * for the greeter, and no more than that.
 */

/** A server that can be asked to end. */
export interface Server {
  /** Resolves when it has ended; rejects when it cannot go on. */
  readonly finished: Promise<void>;
  /** Accepts no more connections, and ends. */
  shutdown(): void;
}

/** How long `shutdown` may go unnoticed. */
const ACCEPT_WAIT_MS = 20;
/** A client that has connected must have sent its request after this long. */
const REQUEST_WAIT_MS = 2_000;
const HEAD_MAX_BYTES = 8_192;

const POLLIN = 1;
const F_SETFL = 4;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;
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
    accept: { parameters: ["i32", "pointer", "pointer"], result: "i32" },
    recv: { parameters: ["i32", "buffer", "u64", "i32"], result: "i64" },
    send: { parameters: ["i32", "buffer", "u64", "i32"], result: "i64" },
    close: { parameters: ["i32"], result: "i32" },
  }).symbols;

type Libc = ReturnType<typeof openLibc>;

/**
 * Answers the requests that come in on the listening socket `fd`. `answer` has
 * the path of a request, and gives the status line's rest and the body.
 *
 * @throws {Error} if `fd` is no descriptor of this process
 */
export function serveInherited(
  fd: number,
  answer: (path: string) => readonly [status: string, json: string],
): Server {
  const libc = openLibc();
  // Several processes may accept from one socket: none of them may wait in
  // accept() for a connection that another one has taken.
  if (libc.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) !== 0) {
    throw new Error(`Cannot listen on descriptor ${fd}: it is not open`);
  }
  const open = new Set<Promise<void>>();
  let isEnding = false;
  const accept = async () => {
    while (!isEnding) {
      if (!await isReadable(libc, fd, ACCEPT_WAIT_MS)) continue;
      for (let peer = next(); peer >= 0; peer = next()) {
        const served = serveOne(libc, peer, answer);
        open.add(served);
        void served.finally(() => open.delete(served));
      }
    }
    await Promise.all(open);
  };
  const next = () => isEnding ? -1 : libc.accept(fd, null, null);
  return {
    finished: accept(),
    shutdown: () => {
      isEnding = true;
    },
  };
}

async function isReadable(
  libc: Libc,
  fd: number,
  waitMs: number,
): Promise<boolean> {
  // struct pollfd { int fd; short events; short revents; }
  const request = new DataView(new ArrayBuffer(8));
  request.setInt32(0, fd, true);
  request.setInt16(4, POLLIN, true);
  return await libc.poll(new Uint8Array(request.buffer), 1n, waitMs) > 0;
}

async function serveOne(
  libc: Libc,
  peer: number,
  answer: (path: string) => readonly [status: string, json: string],
): Promise<void> {
  try {
    const head = await readHead(libc, peer);
    const path = /^GET (\S+) HTTP\/1\.[01]\r\n/.exec(head)?.[1];
    if (path === undefined) return;
    const [status, json] = answer(path);
    const body = new TextEncoder().encode(json);
    const lines = [
      `HTTP/1.1 ${status}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
      "Connection: close",
    ];
    const bytes = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
    const whole = new Uint8Array([...bytes, ...body]);
    // It fits into the send buffer of a new connection.
    libc.send(peer, whole, BigInt(whole.length), MSG_NOSIGNAL);
  } finally {
    libc.close(peer);
  }
}

/** All of a request up to the empty line; empty if it does not come. */
async function readHead(libc: Libc, peer: number): Promise<string> {
  const buffer = new Uint8Array(HEAD_MAX_BYTES);
  let length = 0;
  while (length < buffer.length) {
    if (!await isReadable(libc, peer, REQUEST_WAIT_MS)) return "";
    const rest = buffer.subarray(length);
    const count = Number(libc.recv(peer, rest, BigInt(rest.length), 0));
    if (count <= 0) return "";
    length += count;
    const text = new TextDecoder().decode(buffer.subarray(0, length));
    if (text.includes("\r\n\r\n")) return text;
  }
  return "";
}
