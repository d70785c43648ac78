/**
 * A TLS connection to the API server, for one request after another.
 *
 * Not the runtime's `fetch`: that sends the request, with its token, through the
 * proxy that HTTPS_PROXY names, and cannot be told not to (Deno 2.7.11).
 *
 * The server's certificate must be issued by the mounted authority, or by one of
 * those that the runtime trusts anyway: it has no way to leave its own out. None of
 * these may issue a certificate for a private address or for a name below `.svc`
 * or `.local` (CA/Browser Forum, Baseline Requirements), which is what
 * KUBERNETES_SERVICE_HOST mostly is.
 */
import { AnswerParser, NotHttp } from "../../core/notation/http_answer.ts";
import { addressesOf, whyNoAddress } from "../../host/ask/addresses.ts";
import { openConnection, reasonOf } from "../../host/ask/connection.ts";
import { cut } from "../../host/socket/cut.ts";
import type { ApiAddress } from "./api_address.ts";

export interface ApiAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** There is no whole answer; the message is why, for the middle of a line. */
export class NoAnswer extends Error {
  /** Whether not a byte of it has arrived: a server that had closed the connection before has not seen the request. */
  readonly isUnseen: boolean;

  constructor(message: string, isUnseen = false) {
    super(message);
    this.isUnseen = isUnseen;
  }
}

/** The server's name, whom its certificate may be from, and where that is written. */
export interface Peer extends ApiAddress {
  /** In PEM. */
  readonly authorities: string;
  readonly caFile: string;
}

/** A list of 100 Leases with all that we write on them has some 300 KiB. */
const BODY_MAX_BYTES = 1024 * 1024;
const READ_BYTES = 16 * 1024;

const encoder = new TextEncoder();

export class ApiConnection {
  readonly #tls: Deno.TlsConn;
  #isOpen = true;

  constructor(tls: Deno.TlsConn) {
    this.#tls = tls;
  }

  /** Whether another request may be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a request that is written out. Throws a NoAnswer; after that, and after an abort, the connection is closed. */
  async exchange(request: string, signal: AbortSignal): Promise<ApiAnswer> {
    const close = () => this.close();
    signal.addEventListener("abort", close);
    try {
      if (signal.aborted) throw new NoAnswer("given up", true);
      return await this.#exchange(request);
    } catch (error) {
      close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  /** A read that waits ends at once. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#tls.close();
  }

  async #exchange(request: string): Promise<ApiAnswer> {
    await this.#write(encoder.encode(request));
    const parser = new AnswerParser();
    const body = new BoundedText();
    let isUnseen = true;
    while (!parser.isOver) {
      const bytes = await this.#read(isUnseen);
      if (bytes === undefined) {
        if (!parser.end()) {
          throw new NoAnswer("the connection was closed", isUnseen);
        }
        break;
      }
      isUnseen = false;
      for (const piece of parsed(parser, bytes)) body.add(piece);
    }
    const { head } = parser;
    if (head === undefined) throw new NoAnswer("the connection was closed");
    if (isLast(head.headers)) this.close();
    return { ...head, body: body.text };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await this.#tls.write(rest));
      }
    } catch (error) {
      // An answer that refuses the request before its end is not looked for.
      throw new NoAnswer(reasonOf(error), true);
    }
  }

  /** Undefined at the end of the connection. */
  async #read(
    isUnseen: boolean,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = new Uint8Array(READ_BYTES);
    try {
      const count = await this.#tls.read(bytes);
      return count === null ? undefined : bytes.subarray(0, count);
    } catch (error) {
      throw new NoAnswer(reasonOf(error), isUnseen);
    }
  }
}

/** Whether the server closes the connection after this answer: it says so, or the answer has no other end. */
const isLast = (headers: ReadonlyMap<string, string>): boolean =>
  headers.get("connection")?.toLowerCase() === "close" ||
  (!headers.has("content-length") && !headers.has("transfer-encoding"));

function parsed(parser: AnswerParser, bytes: Uint8Array<ArrayBuffer>) {
  try {
    return parser.push(bytes);
  } catch (error) {
    if (!(error instanceof NotHttp)) throw error;
    throw new NoAnswer(`what it answers is not HTTP/1.1: ${error.message}`);
  }
}

class BoundedText {
  readonly #decoder = new TextDecoder();
  #bytes = 0;
  #text = "";

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > BODY_MAX_BYTES) {
      throw new NoAnswer(`its answer is over ${BODY_MAX_BYTES} bytes`);
    }
    this.#text += this.#decoder.decode(piece, { stream: true });
  }

  get text(): string {
    return this.#text + this.#decoder.decode();
  }
}

/** Connects, and verifies who the server is. Throws a NoAnswer, also after an abort. */
export async function connect(
  peer: Peer,
  signal: AbortSignal,
): Promise<ApiConnection> {
  const tcp = await reach(peer, signal);
  const ends = { localAddr: tcp.localAddr, remoteAddr: tcp.remoteAddr };
  // `close` alone would keep the descriptor while the server does not go on with the handshake.
  const abort = () => cut(ends);
  signal.addEventListener("abort", abort);
  let tls: Deno.TlsConn | undefined;
  try {
    tls = await Deno.startTls(tcp, {
      hostname: peer.host,
      caCerts: [peer.authorities],
      alpnProtocols: ["http/1.1"],
    });
    if (signal.aborted) abort();
    await tls.handshake();
    return new ApiConnection(tls);
  } catch (error) {
    tls?.close();
    throw new NoAnswer(whyNoTls(error, peer));
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Tries the addresses of the server in order; the reason is that of the first one. */
async function reach(
  { host, port }: ApiAddress,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  let why = "host name has no address";
  for (const [index, address] of (await lookUp(host, signal)).entries()) {
    try {
      return await openConnection(address, port, signal);
    } catch (error) {
      if (index === 0) why = reasonOf(error);
      if (signal.aborted) break;
    }
  }
  throw new NoAnswer(why);
}

async function lookUp(host: string, signal: AbortSignal) {
  try {
    return await addressesOf(host, signal);
  } catch (error) {
    throw new NoAnswer(whyNoAddress(error));
  }
}

/** The runtime's words for a certificate that it refuses (rustls), in ours. */
function whyNoTls(error: unknown, { host, caFile }: Peer): string {
  const reason = reasonOf(error);
  const [, fault] = /^invalid peer certificate: (.*)$/s.exec(reason) ?? [];
  if (fault === undefined) {
    return reason.startsWith("received corrupt message")
      ? "it does not speak TLS"
      : reason;
  }
  if (/^(?:UnknownIssuer|BadSignature)/.test(fault)) {
    return `its certificate was not issued by any in ${caFile}`;
  }
  if (/^(?:certificate )?expired/i.test(fault)) {
    return "its certificate has expired";
  }
  if (/not ?valid ?yet/i.test(fault)) {
    return "its certificate is not valid yet; compare the clocks";
  }
  return /NotValidForName|not valid for/.test(fault)
    ? `its certificate is not for ${host}`
    : `its certificate cannot be used (${fault})`;
}
