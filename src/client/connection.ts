/** Requests to one manager. Each is bounded in time, and goes to the address itself: no proxy and no redirect gets the token. */
import type { ClientCall } from "../cli/client_call.ts";
import type { ClientAddress } from "../cli/values/client_address.ts";
import { exchange, type Incoming } from "./http_exchange.ts";
import {
  faultOf,
  faultOfFile,
  NoAnswer,
  noAnswerWithin,
  NOT_OURS,
} from "./no_answer.ts";

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
  readonly #timeoutMs: number;
  readonly #interrupted: AbortSignal;
  readonly #connect: () => Promise<Deno.Conn>;
  readonly #headers: Headers;

  /** Throws a NoAnswer where a file that it needs cannot be used. */
  constructor(target: Target, interrupted: AbortSignal) {
    const { address, tokenFile, timeoutMs } = target;
    this.address = address;
    this.#timeoutMs = timeoutMs;
    this.#interrupted = interrupted;
    this.#connect = connector(target);
    // A socket asks for no token: who may use it, its mode says.
    const authorization: Headers =
      address.kind === "unix" || tokenFile === undefined
        ? {}
        : { Authorization: `Bearer ${readToken(tokenFile, address)}` };
    this.#headers = {
      Host: address.kind === "unix"
        ? "localhost"
        : `${address.host}:${address.port}`,
      "User-Agent": "flush-manager",
      Connection: "close",
      ...authorization,
    };
  }

  /** The whole answer. Throws a NoAnswer. */
  async ask({ method, path, body }: Request): Promise<Answer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers: Headers = method === "GET" ? {} : {
      ...body === undefined ? {} : { "Content-Type": "application/json" },
      "Content-Length": String(encoder.encode(text).length),
    };
    const request = this.#encode(`${method} ${path}`, headers, text);
    return await this.#within(async (limit) => {
      const ends = [limit, this.#interrupted];
      const incoming = await exchange(this.#connect, request, ends);
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
    const request = this.#encode(`GET ${path}`, headers, "");
    return await this.#within((limit) =>
      exchange(this.#connect, request, [limit, signal, this.#interrupted])
    );
  }

  /** Aborts the signal when the time is over before the work. Throws a NoAnswer, unless it is interrupted. */
  async #within<T>(work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#timeoutMs);
    try {
      return await work(limit.signal);
    } catch (error) {
      throw this.#fault(error, limit.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #encode(line: string, headers: Headers, body: string): Uint8Array {
    const all = Object.entries({ ...this.#headers, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return encoder.encode(`${line} HTTP/1.1\r\n${all}\r\n${body}`);
  }

  #fault(error: unknown, limit: AbortSignal): unknown {
    if (this.#interrupted.aborted || error instanceof NoAnswer) return error;
    const why = limit.aborted
      ? noAnswerWithin(this.#timeoutMs)
      : faultOf(error, this.address);
    return new NoAnswer(this.address, why);
  }
}

/** Opens one connection to the address. */
function connector({ address, caFile }: Target): () => Promise<Deno.Conn> {
  if (address.kind === "unix") {
    const { path } = address;
    return () => Deno.connect({ transport: "unix", path });
  }
  const { host, port, tls } = address;
  const at = { hostname: host.replace(/^\[|\]$/g, ""), port };
  if (tls === false || (tls === "asked" && caFile === undefined)) {
    return () => Deno.connect(at);
  }
  const ca = caFile === undefined
    ? undefined
    : readText(caFile, "the certificate", address);
  return () =>
    Deno.connectTls(ca === undefined ? at : { ...at, caCerts: [ca] });
}

function readToken(path: string, address: ClientAddress): string {
  const token = readText(path, "the token", address).replace(/\r?\n$/, "");
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new NoAnswer(
    address,
    `${path} holds no token; write one line without spaces into it`,
  );
}

function readText(path: string, what: string, address: ClientAddress): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new NoAnswer(
      address,
      `${what} in ${path} cannot be read: ${faultOfFile(error)}`,
    );
  }
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
