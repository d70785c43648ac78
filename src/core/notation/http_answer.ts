/**
 * An answer in HTTP/1.1 (RFC 9112) from bytes that arrive in pieces. Pure.
 *
 * Not the runtime's `fetch`: to a unix socket it sends the form of a target that
 * is meant for proxies, which the manager refuses, and to an address it may send
 * the request, with its token, to the proxy of the environment.
 */

/** What arrived is no such answer. */
export class NotHttp extends Error {}

export interface Head {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Neither a manager nor an API server sends longer lines, nor heads of that size. */
const LINE_MAX = 16 * 1024;
const LINES_MAX = 200;

type Bytes = Uint8Array<ArrayBuffer>;

/** What comes next: a line of a part, so many bytes of content, all that comes, or nothing. */
type Next =
  | { readonly kind: "line"; readonly of: "head" | "size" | "end" | "trailer" }
  | {
    readonly kind: "content";
    readonly left: number;
    readonly chunked: boolean;
  }
  | { readonly kind: "all" }
  | { readonly kind: "over" };

const HEAD_LINE: Next = { kind: "line", of: "head" };
const SIZE_LINE: Next = { kind: "line", of: "size" };
const OVER: Next = { kind: "over" };

const LINE_FEED = 0x0a;

export class AnswerParser {
  /** Undefined until it has arrived. */
  head: Head | undefined;
  #next: Next = HEAD_LINE;
  #lines: string[] = [];
  #line = "";

  /** Whether all of the answer has arrived. */
  get isOver(): boolean {
    return this.#next.kind === "over";
  }

  /** The content in these bytes. Throws a NotHttp. */
  push(bytes: Bytes): Bytes[] {
    const content: Bytes[] = [];
    let rest = bytes;
    while (rest.length > 0 && this.#next.kind !== "over") {
      if (this.#next.kind === "line") rest = this.#takeLine(rest);
      else {
        const left = this.#next.kind === "all" ? Infinity : this.#next.left;
        const piece = rest.subarray(0, Math.min(left, rest.length));
        content.push(piece);
        rest = rest.subarray(piece.length);
        this.#took(piece.length);
      }
    }
    return content;
  }

  /** The connection has ended. Returns whether the answer was whole by then. */
  end(): boolean {
    if (this.#next.kind === "all") this.#next = OVER;
    return this.isOver;
  }

  #took(count: number): void {
    if (this.#next.kind !== "content") return;
    const { left, chunked } = this.#next;
    if (count < left) this.#next = { ...this.#next, left: left - count };
    else this.#next = chunked ? { kind: "line", of: "end" } : OVER;
  }

  /** Returns what follows the line. */
  #takeLine(bytes: Bytes): Bytes {
    const end = bytes.indexOf(LINE_FEED);
    const piece = end < 0 ? bytes : bytes.subarray(0, end);
    for (const byte of piece) this.#line += String.fromCharCode(byte);
    if (this.#line.length > LINE_MAX) throw new NotHttp("a line is too long");
    if (end < 0) return bytes.subarray(bytes.length);
    const line = this.#line.replace(/\r$/, "");
    this.#line = "";
    if (this.#next.kind === "line") {
      this.#next = this.#after(line, this.#next.of);
    }
    return bytes.subarray(end + 1);
  }

  #after(line: string, of: "head" | "size" | "end" | "trailer"): Next {
    switch (of) {
      case "head":
        return this.#afterHeadLine(line);
      case "size":
        return afterSize(line);
      case "end":
        if (line !== "") throw new NotHttp("a chunk has no end");
        return SIZE_LINE;
      case "trailer":
        return line === "" ? OVER : { kind: "line", of };
    }
  }

  #afterHeadLine(line: string): Next {
    // Looked at as soon as it is there: something else may never send a head.
    if (this.#lines.length === 0) statusOf(line);
    if (this.#lines.length > LINES_MAX) throw new NotHttp("a head is too long");
    if (line !== "") {
      this.#lines.push(line);
      return HEAD_LINE;
    }
    const [first, ...rest] = this.#lines;
    this.#lines = [];
    const head = { status: statusOf(first), headers: headersOf(rest) };
    // An answer on the way to the one that counts.
    if (head.status < 200) return HEAD_LINE;
    this.head = head;
    return afterHead(head);
  }
}

function statusOf(line: string): number {
  const [, digits] = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(line) ?? [];
  if (digits === undefined) throw new NotHttp("there is no status line");
  return Number(digits);
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([^\s:]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) throw new NotHttp("a header line is malformed");
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

/** How the end of the content is found (RFC 9112, 6.3). */
function afterHead({ status, headers }: Head): Next {
  if (status === 204 || status === 304) return OVER;
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") {
      throw new NotHttp("the coding is not known");
    }
    return SIZE_LINE;
  }
  const length = headers.get("content-length");
  if (length === undefined) return { kind: "all" };
  if (!/^\d{1,15}$/.test(length)) throw new NotHttp("the length is malformed");
  const left = Number(length);
  return left === 0 ? OVER : { kind: "content", left, chunked: false };
}

function afterSize(line: string): Next {
  const [, digits] = /^([0-9a-fA-F]{1,8})\s*(?:;.*)?$/.exec(line) ?? [];
  if (digits === undefined) {
    throw new NotHttp("the size of a chunk is malformed");
  }
  const left = parseInt(digits, 16);
  return left === 0
    ? { kind: "line", of: "trailer" }
    : { kind: "content", left, chunked: true };
}
