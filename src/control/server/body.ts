/** The body of an HTTP/1.1 request, taken in as it arrives: of a given length, or in chunks. Pure. */
import { BadRequest, bodyTooLarge, type Framing } from "./head.ts";

/** A line that tells the size of a chunk, or a trailer. */
const LINE_MAX_CHARS = 256;
const TRAILERS_MAX = 16;
const LF = 0x0a;
const SIZE_LINE = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e]*)?\r$/;
const TRAILER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r$/;

type Part = "data" | "size" | "dataEnd" | "trailers" | "end";

export class Body {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #isChunked: boolean;
  #length = 0;
  #part: Part;
  /** Of the part "data". */
  #missing: number;
  #line = "";
  #trailers = 0;

  /** One of a length above `bytesMax` was refused with its head. */
  constructor(framing: Framing, bytesMax: number) {
    this.#isChunked = framing.kind === "chunked";
    this.#missing = framing.kind === "length" ? framing.bytes : 0;
    this.#bytes = new Uint8Array(this.#isChunked ? bytesMax : this.#missing);
    this.#part = this.#isChunked ? "size" : this.#missing > 0 ? "data" : "end";
  }

  get isComplete(): boolean {
    return this.#part === "end";
  }

  get content(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes what belongs to the body; returns how many bytes that were. Throws a BadRequest. */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.#part !== "end") {
      if (this.#part === "data") at += this.#takeData(bytes.subarray(at));
      else this.#takeOfLine(bytes[at++]);
    }
    return at;
  }

  #takeData(bytes: Uint8Array): number {
    const data = bytes.subarray(0, this.#missing);
    this.#bytes.set(data, this.#length);
    this.#length += data.length;
    this.#missing -= data.length;
    if (this.#missing === 0) this.#part = this.#isChunked ? "dataEnd" : "end";
    return data.length;
  }

  #takeOfLine(byte: number): void {
    if (byte !== LF) {
      this.#line += String.fromCharCode(byte);
      if (this.#line.length > LINE_MAX_CHARS) malformed();
      return;
    }
    const line = this.#line;
    this.#line = "";
    switch (this.#part) {
      case "size":
        return this.#begin(line);
      case "dataEnd":
        if (line !== "\r") malformed();
        this.#part = "size";
        return;
      default:
        if (line === "\r") this.#part = "end";
        else if (!TRAILER_LINE.test(line)) malformed();
        else if (++this.#trailers > TRAILERS_MAX) malformed();
    }
  }

  #begin(line: string): void {
    const [, size] = SIZE_LINE.exec(line) ?? malformed();
    this.#missing = parseInt(size, 16);
    if (this.#missing > this.#bytes.length - this.#length) {
      throw new BadRequest(413, bodyTooLarge(this.#bytes.length));
    }
    this.#part = this.#missing === 0 ? "trailers" : "data";
  }
}

function malformed(): never {
  throw new BadRequest(400, "The chunks of the body are malformed");
}
