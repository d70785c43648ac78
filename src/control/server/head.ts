/**
 * The head of an HTTP/1.1 request (RFC 9112): the request line and the headers.
 * Stricter than the standard asks, since no old client has to be served: whatever
 * two readers could understand differently is refused. Pure.
 *
 * Why it is our own: node:http on Deno 2.7.11 honours none of its limits (no time
 * limit, no number of connections, 20 KB of headers pass, a body with both a
 * length and chunks passes), and http-parser-js 0.5.10 lets NUL and both lengths
 * pass and does not return from a chunk of negative size.
 */
import type { Limits } from "./limits.ts";

/** How long the body is. */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

export interface Head {
  readonly method: string;
  /** As it was sent, without the query: nothing in it is decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** Whether another request may follow on the connection. */
  readonly keepAlive: boolean;
  /** Whether the client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
}

/** The request cannot be served; the connection is closed after this status. */
export class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DEL = 0x7f;

/**
 * Looks at the bytes that are new since the last call; returns where the head
 * ends, or undefined if more is to come. Throws a BadRequest as soon as a byte is
 * found that no head has: then nothing is waited for.
 */
export function endOfHead(
  bytes: Uint8Array,
  from: number,
  to: number,
): number | undefined {
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === LF) {
      if (bytes[at - 1] !== CR) throw new BadRequest(400, "A line ends in LF");
      if (at >= 3 && bytes[at - 2] === LF) return at + 1;
    } else if (at > 0 && bytes[at - 1] === CR) {
      throw new BadRequest(400, "A CR stands alone");
    } else if ((byte < SPACE && byte !== TAB && byte !== CR) || byte === DEL) {
      throw new BadRequest(400, "The request is not HTTP");
    }
  }
  return undefined;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(
  `^(${TOKEN}) ([\\x21-\\x7e]+) HTTP/(\\d)\\.(\\d)$`,
);
const HEADER_LINE = new RegExp(
  `^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`,
);

/** Those whose meaning would depend on which of two is read. */
const ONCE: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "expect",
  "host",
  "last-event-id",
  "origin",
  "sec-fetch-site",
  "transfer-encoding",
]);

/** Reads a whole head, its empty line included. Throws a BadRequest. */
export function parseHead(
  bytes: Uint8Array,
  { headers: headersMax, bodyBytes }: Pick<Limits, "headers" | "bodyBytes">,
): Head {
  const lines = latin1(bytes).split("\r\n").slice(0, -2);
  // Some clients end a body with one more line feed (RFC 9112, 2.2).
  if (lines[0] === "" && lines.length > 1) lines.shift();
  const [, method, target, major, minor] = REQUEST_LINE.exec(lines[0]) ??
    refuse(400, "The request line is malformed");
  if (major !== "1" || minor > "1") {
    refuse(400, "Only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  if (lines.length - 1 > headersMax) {
    refuse(431, `A request has at most ${headersMax} headers`);
  }
  const headers = headersOf(lines.slice(1));
  const isOld = minor === "0";
  const { host, ...parts } = partsOf(target);
  if (!isOld && !headers.has("host")) refuse(400, "The Host header is missing");
  // Its target names the host in an absolute form, whatever Host says (RFC 9112, 3.2.2).
  if (host !== undefined) headers.set("host", host);
  const connection = (headers.get("connection") ?? "").toLowerCase();
  const expect = headers.get("expect")?.toLowerCase();
  if (expect !== undefined && expect !== "100-continue") {
    refuse(417, "Only 100-continue can be expected");
  }
  return {
    method,
    ...parts,
    headers,
    framing: framingOf(headers, isOld, bodyBytes),
    keepAlive: !isOld &&
      !connection.split(",").some((word) => word.trim() === "close"),
    expectsContinue: expect !== undefined && !isOld,
  };
}

const latin1 = (bytes: Uint8Array) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ??
      refuse(400, "A header line is malformed");
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    if (earlier !== undefined && ONCE.has(key)) {
      refuse(400, `The header ${key} is there twice`);
    }
    headers.set(key, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

/** `http://host/path?query`, which every server has to take, but not with a user name. */
const ABSOLUTE = /^https?:\/\/([^/?@]+)((?:[/?].*)?)$/i;

interface TargetParts extends Pick<Head, "path" | "query"> {
  /** Of an absolute form. */
  readonly host: string | undefined;
}

/** The path in the form that clients send to the server itself, or in the absolute form; not `*`. */
function partsOf(target: string): TargetParts {
  const [, host, rest] = ABSOLUTE.exec(target) ?? [];
  const local = host === undefined ? target : rest.replace(/^(?!\/)/, "/");
  if (!local.startsWith("/") || target.includes("#")) {
    refuse(400, "The request target is not a path");
  }
  const mark = local.indexOf("?");
  if (mark < 0) return { host, path: local, query: new URLSearchParams() };
  const query = new URLSearchParams(local.slice(mark + 1));
  return { host, path: local.slice(0, mark), query };
}

function framingOf(
  headers: ReadonlyMap<string, string>,
  isOld: boolean,
  bytesMax: number,
): Framing {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== undefined) {
    if (length !== undefined || isOld) {
      refuse(400, "The length of the body is told in two ways");
    }
    if (coding.toLowerCase() !== "chunked") {
      refuse(400, "Only chunked is a known transfer coding");
    }
    return { kind: "chunked" };
  }
  if (length === undefined) return { kind: "none" };
  if (!/^\d{1,15}$/.test(length)) refuse(400, "Content-Length is not a number");
  const bytes = Number(length);
  if (bytes > bytesMax) refuse(413, bodyTooLarge(bytesMax));
  return bytes === 0 ? { kind: "none" } : { kind: "length", bytes };
}

export const bodyTooLarge = (bytesMax: number) =>
  `A body has at most ${bytesMax} bytes`;

function refuse(status: number, message: string): never {
  throw new BadRequest(status, message);
}
