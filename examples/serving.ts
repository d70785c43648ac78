/**
 * Serves HTTP until it is asked to end, at an address or on a listening socket
 * that the process inherits. Must not know what is served.
 */
import { acceptFrom } from "./inherited_socket.ts";

/** Where a server accepts connections. */
export type Place =
  | { readonly hostname: string; readonly port: number }
  | { readonly fd: number };

type Handler = Deno.ServeHandler<Deno.NetAddr>;

export interface Serving {
  /**
   * Accepts no more connections, and resolves when the requests under way are
   * answered.
   */
  end(): Promise<void>;
}

/**
 * How long a client that has just connected may take to send its request before
 * the server closes connections on which there is none.
 */
const FIRST_REQUEST_MS = 2_000;

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
      end: () => {
        isEnding = true;
        return server.shutdown();
      },
    };
  }
  const connections = new AbortController();
  const { signal } = connections;
  const address = { hostname: "127.0.0.1", port: 0 };
  const server = begin({ ...address, ...tls, signal }, answer);
  let stopAccepting: () => void;
  try {
    stopAccepting = acceptFrom(place.fd, server);
  } catch (error) {
    connections.abort();
    throw error;
  }
  return {
    end: async () => {
      isEnding = true;
      stopAccepting();
      await new Promise((resolve) => setTimeout(resolve, FIRST_REQUEST_MS));
      while (underWay.size > 0) await Promise.allSettled(underWay);
      // Not shutdown(): it waits for a client that has sent half of a request.
      connections.abort();
      await server.finished;
    },
  };
}

const begin = (options: Deno.ServeTcpOptions, answer: Handler) =>
  Deno.serve({ ...options, onListen: () => {} }, answer);
