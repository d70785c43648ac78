/**
 * One connection of the control endpoint: takes its requests one after the other,
 * within the limits, and writes what the handler answers. Never throws: whatever a
 * client does ends in an answer, or in a connection that is closed.
 */
import { monotonicNow } from "../../host/base/clock.ts";
import { cut } from "../../host/socket/cut.ts";
import {
  type Answer,
  encodeAnswer,
  encodeHead,
  refused,
  type Sink,
  type StreamAnswer,
  type WholeAnswer,
} from "./answer.ts";
import { Body } from "./body.ts";
import { BadRequest, endOfHead, type Head, parseHead } from "./head.ts";
import type { Limits } from "./limits.ts";

/** How a request has come in. */
export type Via =
  | { readonly kind: "unix" }
  | {
    readonly kind: "tcp";
    readonly scheme: "http" | "https";
  };

export interface Request {
  readonly head: Head;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly via: Via;
  /** Reserves one of the few places for answers that may take long, until this one is over; false if there is none. */
  readonly reserve: () => boolean;
}

export interface Handler {
  /** What refuses a request by its head alone, before its body is read. */
  readonly refusal: (head: Head, via: Via) => WholeAnswer | undefined;
  /** Never throws, and a promise in it never rejects. */
  readonly answer: (request: Request) => Answer;
}

/** What the connections of one address share. */
export interface Shared {
  /** Answers that take long at the moment. */
  longAnswers: number;
  /** Buffers that are not in use: thousands of short connections would leave much to be collected. */
  readonly buffers: Uint8Array<ArrayBuffer>[];
}

export interface ConnectionOptions {
  readonly conn: Deno.Conn;
  readonly via: Via;
  readonly handler: Handler;
  readonly limits: Limits;
  readonly shared: Shared;
}

/** A read under way, and where it puts what it reads. */
interface Reading {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size: Promise<number | null>;
}

const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");
/** How much of a refused request is read, so that its sender reads why. */
const LINGER_MAX_BYTES = 1024 * 1024;
/** What is read beside an answer that is waited for. */
const BESIDE_BYTES = 1024;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #gone = Promise.withResolvers<void>();
  /** What was read and not used yet lies between these. */
  #from = 0;
  #to = 0;
  #reading: Reading | undefined;
  #timer: number | undefined;
  #requestEndsAt: number | undefined;
  #hasEnded = false;
  #hasPlace = false;
  #isRefused = false;
  #isAnswering = false;
  #isWriting = false;
  /** Whether the TLS handshake may still be under way: it begins with the first read. */
  #isGreeting: boolean;
  /** Whether no other request is taken. */
  #isLast = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { via } = options;
    this.#isGreeting = via.kind === "tcp" && via.scheme === "https";
    this.#buffer = options.shared.buffers.pop() ??
      new Uint8Array(options.limits.headBytes);
  }

  /** Whether nothing of a request has come yet: then closing it loses nothing. */
  get isIdle(): boolean {
    return this.#requestEndsAt === undefined && this.#to === this.#from;
  }

  /** Resolves when the connection is closed. */
  async run(): Promise<void> {
    try {
      while (await this.#serveOne() && !this.#isLast);
    } catch (error) {
      // Anything else is the other side: it has gone, or does not speak TLS.
      if (error instanceof BadRequest) await this.#refuse(error);
    } finally {
      this.close();
      // A read that is still under way could write to it.
      if (this.#reading === undefined || this.#hasEnded) {
        this.#options.shared.buffers.push(this.#buffer);
      }
    }
  }

  /** Ends it with the answer that is under way, or at once if there is none. */
  closeAfterAnswer(): void {
    this.#isLast = true;
    if (!this.#isAnswering) this.close();
  }

  /** Ends it at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#release();
    this.#gone.resolve();
    end(this.#options.conn, this.#isWriting || this.#isGreeting);
  }

  /** Whether another request may follow. */
  async #serveOne(): Promise<boolean> {
    const { handler, via, limits } = this.#options;
    const head = await this.#readHead();
    if (head === undefined) return false;
    const refusal = handler.refusal(head, via);
    const hasBody = head.framing.kind !== "none";
    if (refusal !== undefined) {
      this.#isAnswering = true;
      await this.#send(refusal, head, hasBody || !head.keepAlive);
      if (hasBody) await this.#linger();
      return !hasBody && head.keepAlive;
    }
    if (head.expectsContinue && hasBody) await this.#write(CONTINUE);
    const body = await this.#readBody(new Body(head.framing, limits.bodyBytes));
    if (body === undefined) return false;
    clearTimeout(this.#timer);
    this.#isAnswering = true;
    const reserve = () => this.#reserve();
    const request = { head, body, via, reserve };
    return await this.#give(handler.answer(request), head);
  }

  async #give(answer: Answer, head: Head): Promise<boolean> {
    try {
      if (answer.kind === "stream") {
        await this.#stream(answer, head);
        return false;
      }
      const whole = answer.kind === "whole"
        ? answer
        : await this.#whenKnown(answer.answer);
      if (whole === undefined) return false;
      await this.#send(whole, head, !head.keepAlive);
      this.#requestEndsAt = undefined;
      return head.keepAlive;
    } finally {
      this.#release();
    }
  }

  /** Undefined when the client has gone meanwhile: nobody is there to be answered. */
  async #whenKnown(
    later: Promise<WholeAnswer>,
  ): Promise<WholeAnswer | undefined> {
    while (this.#buffer.length - this.#to >= BESIDE_BYTES) {
      this.#reading ??= this.#read(new Uint8Array(BESIDE_BYTES));
      const more = this.#fill();
      // Nobody waits for it once the answer is there.
      more.catch(() => {});
      const first = await Promise.race([later, more]);
      if (first === false) return undefined;
      if (first !== true) return first;
    }
    return await later;
  }

  async #stream({ headers, run }: StreamAnswer, head: Head): Promise<void> {
    await this.#write(encodeHead(200, headers, true));
    if (head.method === "HEAD") return;
    const sink: Sink = {
      write: (bytes) => this.#write(bytes),
      gone: this.#gone.promise,
    };
    void this.#closeAtEnd();
    await run(sink);
  }

  /** A client that ends its side of a stream has gone; what it sends is not read as a request. */
  async #closeAtEnd(): Promise<void> {
    try {
      do this.#from = this.#to = 0; while (await this.#fill());
    } catch {
      // Reset: that is an end, too.
    }
    this.close();
  }

  async #readHead(): Promise<Head | undefined> {
    const { limits } = this.#options;
    this.#makeRoom();
    this.#isAnswering = false;
    this.#requestEndsAt = undefined;
    for (let seen = 0;;) {
      const end = endOfHead(this.#buffer, seen, this.#to);
      if (end !== undefined) {
        this.#from = end;
        return parseHead(this.#buffer.subarray(0, end), limits);
      }
      seen = this.#to;
      if (seen === this.#buffer.length) {
        const message = `A request's head has at most ${seen} bytes`;
        const isLine = !this.#buffer.includes(0x0a);
        throw new BadRequest(isLine ? 414 : 431, message);
      }
      if (seen > 0) this.#requestEndsAt ??= monotonicNow() + limits.requestMs;
      this.#limitReading();
      if (!await this.#fill()) return undefined;
    }
  }

  async #readBody(body: Body): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { limits } = this.#options;
    this.#requestEndsAt ??= monotonicNow() + limits.requestMs;
    for (;;) {
      this.#from += body.take(this.#buffer.subarray(this.#from, this.#to));
      if (body.isComplete) return body.content;
      this.#makeRoom();
      this.#limitReading();
      if (!await this.#fill()) return undefined;
    }
  }

  /** What follows comes to the front. */
  #makeRoom(): void {
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }

  /** False at the end. A read that nobody waits for any more is taken up again. */
  async #fill(): Promise<boolean> {
    const reading = this.#reading ??= this.#read(
      this.#buffer.subarray(this.#to),
    );
    const size = await reading.size;
    this.#isGreeting = false;
    this.#hasEnded ||= size === null;
    if (size === null || this.#isRefused) return false;
    if (this.#reading === reading) {
      this.#reading = undefined;
      this.#buffer.set(reading.bytes.subarray(0, size), this.#to);
      this.#to += size;
    }
    return true;
  }

  #read(bytes: Uint8Array<ArrayBuffer>): Reading {
    return { bytes, size: this.#options.conn.read(bytes) };
  }

  /** The client has until then to send more. */
  #limitReading(): void {
    const { idleMs } = this.#options.limits;
    const leftMs = (this.#requestEndsAt ?? Infinity) - monotonicNow();
    this.#limit(Math.min(idleMs, leftMs), () => {
      if (this.#requestEndsAt === undefined) return this.close();
      this.#isRefused = true;
      void this.#refuse(new BadRequest(408, "The request took too long"));
    });
  }

  async #refuse({ status, message }: BadRequest): Promise<void> {
    if (this.#isClosed) return;
    try {
      const options = { close: true, withBody: true };
      await this.#write(encodeAnswer(refused(status, message), options));
      if (status !== 408) await this.#linger();
    } catch {
      // The client does not listen any more.
    }
    this.close();
  }

  /** To close with something unread would reset the connection, and the answer with it (tcp(7)). */
  async #linger(): Promise<void> {
    this.#limit(this.#options.limits.lingerMs, () => this.close());
    await this.#options.conn.closeWrite();
    for (let bytes = 0; bytes < LINGER_MAX_BYTES; bytes += this.#to) {
      this.#from = this.#to = 0;
      if (!await this.#fill()) return;
    }
  }

  #send(answer: WholeAnswer, head: Head, close: boolean): Promise<void> {
    const withBody = head.method !== "HEAD";
    return this.#write(encodeAnswer(answer, { close, withBody }));
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#limit(this.#options.limits.writeMs, () => this.close());
    this.#isWriting = true;
    for (let at = 0; at < bytes.length && !this.#isClosed;) {
      at += await this.#options.conn.write(bytes.subarray(at));
    }
    this.#isWriting = false;
    clearTimeout(this.#timer);
  }

  /** One limit at a time. */
  #limit(ms: number, onOver: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(onOver, Math.max(0, ms));
  }

  #reserve(): boolean {
    const { shared, limits } = this.#options;
    if (this.#hasPlace) return true;
    if (shared.longAnswers >= limits.longAnswers) return false;
    shared.longAnswers++;
    return this.#hasPlace = true;
  }

  #release(): void {
    if (this.#hasPlace) this.#options.shared.longAnswers--;
    this.#hasPlace = false;
  }
}

/** Closes a connection; one whose write or handshake waits for the client has to be cut. */
export function end(conn: Deno.Conn, waits: boolean): void {
  if (waits) cut(conn);
  try {
    conn.close();
  } catch {
    // A failed handshake has closed it already.
  }
}
