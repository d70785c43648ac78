/** What the control endpoint answers, and how an answer looks on the wire. Pure but for the date. */

/** An answer that is known as a whole. */
export interface WholeAnswer {
  readonly kind: "whole";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer that something else has to happen for first. */
export interface LaterAnswer {
  readonly kind: "later";
  readonly answer: Promise<WholeAnswer>;
}

/** Where the pieces of a stream go. */
export interface Sink {
  /** Resolves when the client's side has taken it; rejects when the connection is gone or took too long. */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
}

/** An answer in pieces; the connection is closed after it. */
export interface StreamAnswer {
  readonly kind: "stream";
  readonly headers: Readonly<Record<string, string>>;
  readonly run: (sink: Sink) => Promise<void>;
}

export type Answer = WholeAnswer | LaterAnswer | StreamAnswer;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

type Headers = Readonly<Record<string, string>>;

export const text = (
  status: number,
  body: string,
  headers: Headers = {},
): WholeAnswer => ({
  kind: "whole",
  status,
  headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
  body,
});

export const json = (
  status: number,
  value: unknown,
  headers: Headers = {},
): WholeAnswer => ({
  kind: "whole",
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body: `${JSON.stringify(value)}\n`,
});

/** Says in one line why a request is not served. */
export const refused = (
  status: number,
  message: string,
  headers: Headers = {},
): WholeAnswer => json(status, { status: "error", message }, headers);

/** A command that cannot be taken now: `code` is for programs, `message` one line that says why. */
export const objected = (code: string, message: string): WholeAnswer =>
  json(409, { status: "refused", code, message });

export const crowded = (): WholeAnswer =>
  refused(503, "Too many clients wait for something: try again later", {
    "Retry-After": "5",
  });

/**
 * For every answer. What is told is of the moment and for who has asked: it is
 * not kept, not guessed to be of another type, not shown inside of another page.
 */
const ALWAYS: Headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};

const encoder = new TextEncoder();

/** The bytes of an answer; those of its body only if they are asked for. */
export function encodeAnswer(
  { status, headers, body }: WholeAnswer,
  { close, withBody }: { readonly close: boolean; readonly withBody: boolean },
): Uint8Array<ArrayBuffer> {
  const length: Headers = status === 204
    ? {}
    : { "Content-Length": String(bytesOf(body)) };
  const head = headOf(status, { ...headers, ...length }, close);
  return encoder.encode(withBody ? head + body : head);
}

const NOT_ASCII = /[\x80-\uffff]/;

/** Mostly without encoding it for that: a thousand scrapes a second would leave much to be collected. */
const bytesOf = (body: string): number =>
  NOT_ASCII.test(body) ? encoder.encode(body).length : body.length;

/** The status line and the headers. */
export const encodeHead = (
  status: number,
  headers: Headers,
  close: boolean,
): Uint8Array<ArrayBuffer> => encoder.encode(headOf(status, headers, close));

function headOf(status: number, headers: Headers, close: boolean): string {
  const all: Headers = {
    Date: new Date().toUTCString(),
    ...ALWAYS,
    ...headers,
    ...(close ? { Connection: "close" } : {}),
  };
  const lines = Object.entries(all).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join("")}\r\n`;
}
