/** Requests to one manager. Each is bounded in time, and goes to the address itself: no proxy and no redirect gets the token. */
import type { ClientCall } from "../cli/client_call.ts";
import type { ClientAddress } from "../cli/values/client_address.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { exchange, type Incoming } from "./http_exchange.ts";
import { faultOf, NoAnswer, noAnswerWithin, NOT_OURS } from "./no_answer.ts";

/** How to reach the manager. */
export type Target = Pick<
  ClientCall,
  "address" | "tokenFile" | "caFile" | "timeoutMs"
>;

export interface Request {
  readonly method: "GET" | "POST" | "PUT";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

/** More than any answer of a manager has. */
const BODY_MAX_CHARS = 16 * 1024 * 1024;

const encoder = new TextEncoder();

export class Connection {
  readonly address: ClientAddress;
  readonly #target: Target;
  readonly #interrupted: AbortSignal;
  #credentials: Promise<Credentials> | undefined;

  constructor(target: Target, interrupted: AbortSignal) {
    this.address = target.address;
    this.#target = target;
    this.#interrupted = interrupted;
  }

  /** The whole answer. Throws a NoAnswer. */
  async ask({ method, path, body }: Request): Promise<Answer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers: Headers = method === "GET" ? {} : {
      ...body === undefined ? {} : { "Content-Type": "application/json" },
      "Content-Length": String(encoder.encode(text).length),
    };
    const credentials = await this.#read();
    const request = this.#encode(
      `${method} ${path}`,
      { ...this.#usual(credentials), ...headers },
      text,
    );
    return await this.#within(async (limit) => {
      const ends = [limit, this.#interrupted];
      const connect = connector(this.address, credentials);
      const incoming = await exchange(connect, request, ends);
      const answer = await textOf(incoming);
      if (answer === undefined) throw new NoAnswer(this.address, NOT_OURS);
      return { status: incoming.status, body: answer };
    });
  }

  /** An answer that has no end of its own; the limit is for its beginning. Throws a NoAnswer. */
  async open(
    path: string,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<Incoming> {
    const credentials = await this.#read();
    const request = this.#encode(
      `GET ${path}`,
      { ...this.#usual(credentials), ...headers },
      "",
    );
    return await this.#within((limit) =>
      exchange(connector(this.address, credentials), request, [
        limit,
        signal,
        this.#interrupted,
      ])
    );
  }

  /** The token that it shows; undefined if it shows none. Throws a NoAnswer. */
  async token(): Promise<string | undefined> {
    return (await this.#read()).token;
  }

  /** Once: a pipe cannot be read again. */
  #read(): Promise<Credentials> {
    this.#credentials ??= readCredentials(this.#target, this.#interrupted);
    return this.#credentials;
  }

  #usual({ token }: Credentials): Headers {
    const { address } = this;
    return {
      Host: address.kind === "unix"
        ? "localhost"
        : `${address.host}:${address.port}`,
      "User-Agent": "flush-manager",
      Connection: "close",
      ...token === undefined ? {} : { Authorization: `Bearer ${token}` },
    };
  }

  /** Aborts the signal when the time is over before the work. Throws a NoAnswer, unless it is interrupted. */
  async #within<T>(work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#target.timeoutMs);
    try {
      return await work(limit.signal);
    } catch (error) {
      throw this.#fault(error, limit.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #encode(line: string, headers: Headers, body: string): Uint8Array {
    const all = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return encoder.encode(`${line} HTTP/1.1\r\n${all}\r\n${body}`);
  }

  #fault(error: unknown, limit: AbortSignal): unknown {
    if (this.#interrupted.aborted || error instanceof NoAnswer) return error;
    const why = limit.aborted
      ? noAnswerWithin(this.#target.timeoutMs)
      : faultOf(error, this.address);
    return new NoAnswer(this.address, why);
  }
}

/** Opens one connection to the address. */
function connector(
  address: ClientAddress,
  { certificate }: Credentials,
): () => Promise<Deno.Conn> {
  if (address.kind === "unix") {
    const { path } = address;
    return () => Deno.connect({ transport: "unix", path });
  }
  const { host, port, tls } = address;
  const at = { hostname: host.replace(/^\[|\]$/g, ""), port };
  if (tls === false || (tls === "asked" && certificate === undefined)) {
    return () => Deno.connect(at);
  }
  return () =>
    Deno.connectTls(
      certificate === undefined ? at : { ...at, caCerts: [certificate] },
    );
}

/** Undefined where it is too long. */
async function textOf(incoming: Incoming): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of incoming.content) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > BODY_MAX_CHARS) return undefined;
  }
  return text + decoder.decode();
}
