/**
 * Serves HTTP until it is asked to end, at an address or on a listening socket
 * that the process inherits. Must not know what is served.
 */
import { acceptFrom } from "./inherited_socket.ts";

/** Where a server accepts connections. */
export type Place =
  | {
    readonly hostname: string;
    readonly port: number;
    /** Whether several processes may listen there. */
    readonly reusePort?: boolean;
  }
  | { readonly fd: number };

type Handler = Deno.ServeHandler<Deno.NetAddr>;

export interface Serving {
  /**
   * Accepts no more connections, and resolves when the requests under way are
   * answered. A connection on which there is none may be open still: the process
   * is expected to exit.
   */
  end(): Promise<void>;
}

/**
 * How long a client that has just connected may take to send its request before
 * the server closes connections on which there is none.
 */
const FIRST_REQUEST_MS = 2_000;

/**
 * How long what a client of HTTP/2 has sent before it was asked to leave may
 * take to arrive.
 */
const LAST_REQUEST_MS = 1_000;

/**
 * Begins to answer requests, over TLS if a certificate is given.
 *
 * @throws {Deno.errors.AddrInUse} if another program listens at the address
 * @throws {Error} if the descriptor is not open
 */
export function serve(
  place: Place,
  handler: Handler,
  tls?: { readonly cert: string; readonly key: string },
): Serving {
  let isEnding = false;
  const underWay = new Set<Promise<void>>();
  const answer: Handler = async (request, info) => {
    underWay.add(info.completed);
    const isOver = () => underWay.delete(info.completed);
    info.completed.then(isOver, isOver);
    const response = await handler(request, info);
    // The client makes a new connection for its next request: another process
    // may accept that one.
    if (isEnding) response.headers.set("connection", "close");
    return response;
  };
  if (!("fd" in place)) {
    const server = begin({ ...place, ...tls }, answer);
    return {
      end: async () => {
        isEnding = true;
        await finished(server, underWay);
      },
    };
  }
  const server = begin({ hostname: "127.0.0.1", port: 0, ...tls }, answer);
  let stopAccepting: () => void;
  try {
    stopAccepting = acceptFrom(place.fd, server);
  } catch (error) {
    void server.shutdown();
    throw error;
  }
  return {
    end: async () => {
      isEnding = true;
      stopAccepting();
      await new Promise((resolve) => setTimeout(resolve, FIRST_REQUEST_MS));
      await finished(server, underWay);
    },
  };
}

/**
 * Asks clients of HTTP/2 to make new connections, and waits for the requests
 * under way. `shutdown` alone may wait for ever (Deno 2.7.11): for a client that
 * has sent half of a request, or that gives one up at that moment.
 */
async function finished(
  server: Deno.HttpServer,
  underWay: ReadonlySet<Promise<void>>,
): Promise<void> {
  let isOver = false;
  const over = server.shutdown().then(() => {
    isOver = true;
  });
  do {
    await Promise.race([over, Promise.allSettled(underWay)]);
    let timer: number | undefined;
    const quiet = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_REQUEST_MS);
    });
    await Promise.race([over, quiet]);
    clearTimeout(timer);
  } while (!isOver && underWay.size > 0);
}

const begin = (options: Deno.ServeTcpOptions, answer: Handler) =>
  Deno.serve({ ...options, onListen: () => {} }, answer);
