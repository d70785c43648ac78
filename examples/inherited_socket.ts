/**
 * Lets a server of Deno accept from a listening socket that the process has
 * inherited, with all that `Deno.serve` can (TLS, HTTP/2, bodies as streams).
 * Deno has no call for that, so the inherited socket is put in the place of the
 * one that `Deno.serve` has opened: under the same descriptor, and in the same
 * epoll instance under the same mark. Linux tells that mark in
 * /proc/self/fdinfo (proc(5)).
 */
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const AF_INET = 2;
const AF_INET6 = 10;
const F_SETFL = 4;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;

const openLibc = () =>
  Deno.dlopen("libc.so.6", {
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
    getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  });

type Libc = ReturnType<typeof openLibc>["symbols"];

/** The place of a descriptor in an epoll instance. */
interface Registration {
  readonly epoll: number;
  readonly fd: number;
  /** struct epoll_event: its events, and the mark by which Deno knows it. */
  readonly event: Uint8Array<ArrayBuffer>;
}

/**
 * Accepts from `inherited` in place of the port that `server` listens on.
 * Returns what ends that: connections that are there stay as they are, and
 * those to come are another process's.
 *
 * @throws {Error} if `inherited` is no descriptor of this process, or the kernel does not tell what is needed
 */
export function acceptFrom(
  inherited: number,
  { addr }: Deno.HttpServer<Deno.NetAddr>,
): () => void {
  const library = openLibc();
  try {
    const places = putInPlace(library.symbols, inherited, addr.port);
    return () => {
      for (const { epoll, fd, event } of places) {
        library.symbols.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, event);
      }
      library.close();
    };
  } catch (error) {
    library.close();
    throw error;
  }
}

/** Where it is polled then. */
function putInPlace(
  libc: Libc,
  inherited: number,
  port: number,
): readonly Registration[] {
  // Several processes may accept from one socket: none of them may wait in
  // accept() for a connection that another one has taken.
  if (libc.fcntl(inherited, F_SETFL, O_RDWR | O_NONBLOCK) !== 0) {
    throw new Error(`Cannot listen on descriptor ${inherited}: it is not open`);
  }
  const open = Array.from(
    Deno.readDirSync("/proc/self/fd"),
    ({ name }) => Number(name),
  );
  const own = open.find((fd) => portOf(libc, fd) === port);
  const found = own === undefined
    ? []
    : open.flatMap((fd) => registrationOf(fd, own));
  // Some of the descriptors are copies of each other: one instance, one place.
  if (own === undefined || found.length === 0) {
    throw new Error(
      `Cannot listen on descriptor ${inherited}: the kernel does not tell how Deno's own socket is polled`,
    );
  }
  libc.dup2(inherited, own);
  return found.filter(({ epoll, event }) =>
    libc.epoll_ctl(epoll, EPOLL_CTL_ADD, own, event) === 0
  );
}

function portOf(libc: Libc, fd: number): number | undefined {
  // struct sockaddr_in or sockaddr_in6: the port stands at the same place.
  const address = new Uint8Array(28);
  const length = new Uint8Array(new Uint32Array([address.length]).buffer);
  if (libc.getsockname(fd, address, length) !== 0) return undefined;
  if (address[0] !== AF_INET && address[0] !== AF_INET6) return undefined;
  return new DataView(address.buffer).getUint16(2);
}

function registrationOf(fd: number, target: number): Registration[] {
  let info: string;
  try {
    info = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  } catch {
    // Closed meanwhile.
    return [];
  }
  const line = new RegExp(
    `^tfd:\\s*${target} events:\\s*([\\da-f]+) data:\\s*([\\da-f]+)`,
    "m",
  );
  const [, events, data] = line.exec(info) ?? [];
  if (events === undefined || data === undefined) return [];
  // Packed on x64 alone, where 12 bytes are the whole of it.
  const isPacked = Deno.build.arch === "x86_64";
  const event = new DataView(new ArrayBuffer(16));
  event.setUint32(0, parseInt(events, 16), true);
  event.setBigUint64(isPacked ? 4 : 8, BigInt(`0x${data}`), true);
  return [{ epoll: fd, fd: target, event: new Uint8Array(event.buffer) }];
}
