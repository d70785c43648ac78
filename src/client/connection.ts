/** Requests to one manager. Each is bounded in time, and follows no redirect: the token goes nowhere else. */
import type { ClientCall } from "../cli/client_call.ts";
import type { ClientAddress } from "../cli/values/client_address.ts";
import { oneLine } from "../core/notation/one_line.ts";
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

/** More than any answer of a manager has. */
const BODY_MAX_CHARS = 16 * 1024 * 1024;

export class Connection implements Disposable {
  readonly address: ClientAddress;
  readonly #timeoutMs: number;
  readonly #interrupted: AbortSignal;
  readonly #client: Deno.HttpClient;
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** Throws a NoAnswer where a file that it needs cannot be used. */
  constructor(target: Target, interrupted: AbortSignal) {
    const { address, tokenFile, caFile, timeoutMs } = target;
    this.address = address;
    this.#timeoutMs = timeoutMs;
    this.#interrupted = interrupted;
    const isTls = address.kind === "tcp" &&
      (address.tls === true ||
        (address.tls === "asked" && caFile !== undefined));
    const ca = isTls && caFile !== undefined
      ? readText(caFile, "the certificate", address)
      : undefined;
    this.#origin = address.kind === "unix"
      ? "http://localhost"
      : `http${isTls ? "s" : ""}://${address.host}:${address.port}`;
    // A socket asks for no token: who may use it, its mode says.
    this.#headers = address.kind === "unix" || tokenFile === undefined
      ? {}
      : { Authorization: `Bearer ${readToken(tokenFile, address)}` };
    this.#client = clientFor(address, isTls, ca);
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** The whole answer. Throws a NoAnswer. */
  async ask(request: Request): Promise<Answer> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const signal = AbortSignal.any([limit, this.#interrupted]);
    try {
      const { body, contentType, ...rest } = this.#initOf(request);
      const answer = await fetch(`${this.#origin}${request.path}`, {
        ...rest,
        headers: { ...this.#headers, ...contentType },
        body,
        signal,
      });
      const text = await textOf(answer);
      if (text === undefined) throw new NoAnswer(this.address, NOT_OURS);
      return { status: answer.status, body: text };
    } catch (error) {
      throw this.#fault(error, limit);
    }
  }

  /** A stream that has no end of its own; the limit is for its beginning. Throws a NoAnswer. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#timeoutMs);
    try {
      return await fetch(`${this.#origin}${path}`, {
        client: this.#client,
        redirect: "manual",
        headers: { ...this.#headers, ...headers },
        signal: AbortSignal.any([limit.signal, signal, this.#interrupted]),
      });
    } catch (error) {
      throw this.#fault(error, limit.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #initOf({ method, body }: Request) {
    return {
      client: this.#client,
      redirect: "manual" as const,
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      contentType: body === undefined
        ? {}
        : { "Content-Type": "application/json" },
    };
  }

  #fault(error: unknown, limit: AbortSignal): unknown {
    if (this.#interrupted.aborted || error instanceof NoAnswer) return error;
    const why = limit.aborted
      ? noAnswerWithin(this.#timeoutMs)
      : faultOf(error, this.address);
    return new NoAnswer(this.address, why);
  }
}

/**
 * Straight to the address: without `proxy` the runtime would hand a request, and
 * its token, to the proxy that HTTP_PROXY names. With TLS a proxy sees nothing.
 */
function clientFor(
  address: ClientAddress,
  isTls: boolean,
  ca: string | undefined,
): Deno.HttpClient {
  if (address.kind === "unix") {
    return Deno.createHttpClient({
      proxy: { transport: "unix", path: address.path },
    });
  }
  if (isTls) {
    return Deno.createHttpClient(ca === undefined ? {} : { caCerts: [ca] });
  }
  const hostname = address.host.replace(/^\[|\]$/g, "");
  return Deno.createHttpClient({
    proxy: { transport: "tcp", hostname, port: address.port },
  });
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
    const why = error instanceof Error ? error.message : String(error);
    throw new NoAnswer(
      address,
      `${what} in ${path} cannot be read: ${oneLine(why)}`,
    );
  }
}

/** Undefined where it is too long. */
async function textOf(answer: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > BODY_MAX_CHARS) return undefined;
  }
  return text + decoder.decode();
}
