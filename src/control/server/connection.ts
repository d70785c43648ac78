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
import { Input } from "./input.ts";
import type { Handler, Via } from "./handler.ts";
import type { Limits } from "./limits.ts";

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

const LF = 0x0a;
const CONTINUE = new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n");
/** How much of a refused request is read, so that its sender reads why. */
const LINGER_MAX_BYTES = 1024 * 1024;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #input: Input;
  readonly #gone = Promise.withResolvers<void>();
  #timer: number | undefined;
  #requestEndsAt: number | undefined;
  #hasPlace = false;
  #isRefused = false;
  #isAnswering = false;
  #isWriting = false;
  /** The first of the answers that were written without a wait for the next request between them. */
  #busySince: number | undefined;
  /** Whether no other request is taken. */
  #isLast = false;
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { conn, shared, limits } = options;
    const buffer = shared.buffers.pop() ?? new Uint8Array(limits.headBytes);
    this.#input = new Input(conn, buffer);
  }

  /**
   * Whether it may be closed for a client that comes when all places are taken: it
   * has not begun to ask for anything, or has been at it for long, or does not take
   * its answer. Those with a place for long answers are few, and keep it. At a unix
   * socket nobody can tell which of the connections that wait would be cut.
   */
  get givesWay(): boolean {
    if (this.#isClosed) return false;
    const { via, limits: { requestMs, patienceMs } } = this.#options;
    if (this.#isAnswering) {
      return this.#isWriting && !this.#hasPlace && via.kind === "tcp" &&
        monotonicNow() - (this.#busySince ?? Infinity) >= patienceMs;
    }
    const endsAt = this.#requestEndsAt;
    if (endsAt === undefined) return this.#input.unused.length === 0;
    return monotonicNow() - (endsAt - requestMs) >= patienceMs;
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
      clearTimeout(this.#timer);
      const buffer = this.#input.released;
      if (buffer !== undefined) this.#options.shared.buffers.push(buffer);
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
    const { conn, via } = this.#options;
    // The TLS handshake begins with the first read.
    const isGreeting = via.kind === "tcp" && via.scheme === "https" &&
      !this.#input.hasRead;
    const waits = this.#isWriting || isGreeting;
    end(conn, waits);
    if (waits) this.#cutAgain();
  }

  /** At a unix socket another one may have been cut, which waited too: this one's turn comes when that has gone. */
  #cutAgain(): void {
    this.#timer = setTimeout(() => {
      cut(this.#options.conn);
      this.#cutAgain();
    }, this.#options.limits.lingerMs);
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
    for (
      let more = this.#input.fillBeside();
      more !== undefined;
      more = this.#input.fillBeside()
    ) {
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
      do this.#input.drop(); while (await this.#input.fill());
    } catch {
      // Reset: that is an end, too.
    }
    this.close();
  }

  async #readHead(): Promise<Head | undefined> {
    const { limits } = this.#options;
    const input = this.#input;
    input.makeRoom();
    this.#isAnswering = false;
    this.#requestEndsAt = undefined;
    for (let seen = 0;;) {
      const bytes = input.unused;
      const end = endOfHead(bytes, seen, bytes.length);
      if (end !== undefined) {
        input.use(end);
        return parseHead(bytes.subarray(0, end), limits);
      }
      seen = bytes.length;
      if (input.isFull) {
        const message = `A request's head has at most ${seen} bytes`;
        throw new BadRequest(bytes.includes(LF) ? 431 : 414, message);
      }
      if (seen > 0) this.#requestEndsAt ??= monotonicNow() + limits.requestMs;
      else this.#busySince = undefined;
      if (!await this.#readMore()) return undefined;
    }
  }

  async #readBody(body: Body): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { limits } = this.#options;
    this.#requestEndsAt ??= monotonicNow() + limits.requestMs;
    for (;;) {
      this.#input.use(body.take(this.#input.unused));
      if (body.isComplete) return body.content;
      this.#input.makeRoom();
      if (!await this.#readMore()) return undefined;
    }
  }

  /** False if nothing more is to be read. */
  async #readMore(): Promise<boolean> {
    const { idleMs } = this.#options.limits;
    const leftMs = (this.#requestEndsAt ?? Infinity) - monotonicNow();
    this.#limit(Math.min(idleMs, leftMs), () => {
      if (this.#requestEndsAt === undefined) return this.close();
      this.#isRefused = true;
      void this.#refuse(new BadRequest(408, "The request took too long"));
    });
    return await this.#input.fill() && !this.#isRefused;
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
    let bytes = 0;
    do {
      this.#input.drop();
      if (!await this.#input.fill()) return;
      bytes += this.#input.unused.length;
    } while (bytes < LINGER_MAX_BYTES);
  }

  #send(answer: WholeAnswer, head: Head, close: boolean): Promise<void> {
    const withBody = head.method !== "HEAD";
    return this.#write(encodeAnswer(answer, { close, withBody }));
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#limit(this.#options.limits.writeMs, () => this.close());
    this.#isWriting = true;
    this.#busySince ??= monotonicNow();
    try {
      for (let at = 0; at < bytes.length;) {
        if (this.#isClosed) throw new Deno.errors.BrokenPipe("It was closed");
        at += await this.#options.conn.write(bytes.subarray(at));
      }
    } finally {
      // Of a connection that has failed, nothing waits that would have to be cut.
      this.#isWriting = false;
    }
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
