/**
 * Sends one request to a server whose certificate nobody verifies (`tls=insecure`),
 * as the kubelet does for its probes. The runtime's `fetch` verifies always, and the
 * flag that switches that off would do so for the whole process: so the connection
 * is made by node:tls, for this request alone, and the head of HTTP/1.1 is written
 * and read here (RFC 9112). The body of the answer is not read.
 */
import { nodeTls } from "../base/built_in.ts";
import { cut } from "../socket/cut.ts";
import { addressesOf, whyNoAddress } from "./addresses.ts";
import { reasonOf } from "./connection.ts";

export interface UnverifiedRequest {
  readonly method: string;
  /** https: only. */
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
}

/** There is no answer; the message says why, in one line. */
export class NoAnswer extends Error {}

const HEAD_MAX_CHARACTERS = 64 * 1024;

/** Tries the addresses of the host in order. Rejects with a NoAnswer if there is none from any, or on abort. */
export async function requestUnverified(
  request: UnverifiedRequest,
): Promise<AnswerHead> {
  const { hostname, port } = new URL(request.url);
  const host = hostname.replace(/^\[|\]$/g, "");
  let first = "host name has no address";
  for (const [index, address] of (await lookUp(host, request)).entries()) {
    try {
      return await ask(request, address, port === "" ? 443 : Number(port));
    } catch (error) {
      if (index === 0) first = explainNode(error);
      if (request.signal.aborted) break;
    }
  }
  throw new NoAnswer(first);
}

async function lookUp(host: string, { signal }: UnverifiedRequest) {
  try {
    return await addressesOf(host, signal);
  } catch (error) {
    throw new NoAnswer(whyNoAddress(error));
  }
}

/** The most frequent errors of node:tls, whose texts have the address as well. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  UNKNOWN: "there is no TLS, or it was ended",
};

function explainNode(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return REASONS[String(code)] ?? reasonOf(error);
}

/** Asks at one address. */
function ask(
  request: UnverifiedRequest,
  host: string,
  port: number,
): Promise<AnswerHead> {
  const { signal, url } = request;
  const { hostname } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<AnswerHead>();
  const socket = nodeTls().connect({
    host,
    port,
    // An address is no name that a server is asked for by (RFC 6066, 3).
    ...isAddress(hostname) ? {} : { servername: hostname },
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  const closed = () => reject(new Error("the connection was closed"));
  let cutTimer: number | undefined;
  const cancelled = () => reject(new Error("was cancelled"));
  const abort = () => {
    if (cutHandshake(socket)) cutTimer = setTimeout(cancelled, CUT_MS);
    else cancelled();
  };
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  let text = "";
  socket.on("secureConnect", () => socket.write(headOf(request)));
  socket.on("error", reject);
  socket.on("end", closed);
  socket.on("close", closed);
  socket.on("data", (bytes: Uint8Array) => {
    // Each byte is a character, so that none is half.
    for (const byte of bytes) text += String.fromCharCode(byte);
    try {
      const head = answerIn(text);
      if (head !== undefined) resolve(head);
      else if (text.length > HEAD_MAX_CHARACTERS) {
        reject(new Error("the head of the answer has no end"));
      }
    } catch (error) {
      // Nobody else would catch what is thrown here.
      reject(error);
    }
  });
  return promise.finally(() => {
    clearTimeout(cutTimer);
    signal.removeEventListener("abort", abort);
    socket.destroy();
  });
}

type Socket = ReturnType<ReturnType<typeof nodeTls>["connect"]>;

/** A connection that was cut has noticed that by then. */
const CUT_MS = 100;

/**
 * Lets what the connection waits for fail at once; false where there is none yet.
 * `destroy` alone would keep the descriptor for good during a handshake (measured
 * on Deno 2.7.11).
 */
function cutHandshake(socket: Socket): boolean {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (
    localAddress === undefined || localPort === undefined ||
    remoteAddress === undefined || remotePort === undefined
  ) return false;
  const transport = "tcp";
  cut({
    localAddr: { transport, hostname: localAddress, port: localPort },
    remoteAddr: { transport, hostname: remoteAddress, port: remotePort },
  });
  return true;
}

const isAddress = (hostname: string): boolean =>
  hostname.startsWith("[") || /^[\d.]+$/.test(hostname);

function headOf({ method, url, headers }: UnverifiedRequest): string {
  const { host, pathname, search, username, password } = new URL(url);
  const all = new Headers({ host, connection: "close", accept: "*/*" });
  if (username !== "" || password !== "") {
    const user = `${decodeURIComponent(username)}:${
      decodeURIComponent(password)
    }`;
    const bytes = new TextEncoder().encode(user);
    all.set("authorization", `Basic ${bytes.toBase64()}`);
  }
  if (method !== "GET") all.set("content-length", "0");
  for (const [name, value] of headers) all.set(name, value);
  const lines = [...all].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** The head of the answer, but for those that announce another one (1xx); undefined until all of it has arrived. */
function answerIn(text: string): AnswerHead | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  const [, digits] = /^HTTP\/1\.\d (\d{3})(?=[ \r\n])/.exec(text) ?? [];
  if (end === null) return undefined;
  if (digits === undefined) throw new Error("the answer is not HTTP/1.1");
  if (digits.startsWith("1")) {
    return answerIn(text.slice(end.index + end[0].length));
  }
  const headers = new Headers();
  for (const line of text.slice(0, end.index).split("\n").slice(1)) {
    const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):(.*)$/.exec(line.trim()) ??
      [];
    if (name !== undefined) headers.append(name, value.trim());
  }
  return { status: Number(digits), headers };
}
