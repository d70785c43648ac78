/**
 * One output stream of a process, as lines that a test can wait for. Owns the
 * reading of the stream; must not know which process writes it.
 */

import { delay } from "@std/async/delay";
import { HANG_MS } from "../fixtures/limits.ts";

/** Part of a line, or an expression that matches it. */
export type Pattern = string | RegExp;

/** One line, and when it was read (performance.now()). */
export interface Line {
  readonly text: string;
  readonly atMs: number;
}

/** Which line to wait for, and for how long. */
export interface WaitOptions {
  /** The n-th match; the first is 1. */
  nth?: number;
  /** Lines before this index do not count. */
  from?: number;
  deadlineMs?: number;
}

/**
 * Up to so many ms each line is kept back, by chance, in its own stream's order:
 * what a busy machine does to readers of two pipes. A test must hold with it.
 */
const SKEW_MS = Number(Deno.env.get("E2E_SKEW_MS") ?? 0);

/** The lines of a stream, from its beginning. */
export class Lines {
  readonly entries: Line[] = [];
  /** Resolves at the end of the stream. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #wake = Promise.withResolvers<void>();
  #over = false;
  #late = Promise.resolve();

  constructor(name: string, stream: ReadableStream<Uint8Array>) {
    this.#name = name;
    this.#reader = stream.getReader();
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { value, done } = await this.#reader.read();
      const atMs = performance.now();
      const texts = (rest + decoder.decode(value, { stream: !done }))
        .split("\n");
      rest = texts.pop() ?? "";
      if (done && rest !== "") texts.push(rest);
      const lines = texts.map((text) => ({ text, atMs }));
      if (SKEW_MS === 0) this.#deliver(lines);
      else for (const line of lines) this.#deliverLate(line);
      if (done) break;
    }
    await this.#late;
    this.#over = true;
    this.#wake.resolve();
  }

  #deliver(lines: readonly Line[]): void {
    this.entries.push(...lines);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #deliverLate(line: Line): void {
    const dueMs = line.atMs + Math.random() * SKEW_MS;
    this.#late = this.#late.then(async () => {
      const restMs = dueMs - performance.now();
      if (restMs > 0) await delay(restMs);
      this.#deliver([line]);
    });
  }

  /** Closes the reading end, as a log collector does that has died. */
  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.ended;
  }

  /** The lines that match, from index `from` on. */
  matches(pattern: Pattern, from = 0): Line[] {
    return this.entries.slice(from).filter(({ text }) =>
      typeof pattern === "string" ? text.includes(pattern) : pattern.test(text)
    );
  }

  /** How many lines match, from index `from` on. */
  count(pattern: Pattern, from = 0): number {
    return this.matches(pattern, from).length;
  }

  /**
   * Waits for a line that matches.
   *
   * @throws {Error} when the deadline has passed or the stream has ended without it
   */
  async wait(
    pattern: Pattern,
    { nth = 1, from = 0, deadlineMs = HANG_MS }: WaitOptions = {},
  ): Promise<Line> {
    let late = false;
    let giveUp = () => {};
    const timeout = new Promise<void>((resolve) => giveUp = resolve);
    const timer = setTimeout(() => {
      late = true;
      giveUp();
    }, deadlineMs);
    try {
      for (;;) {
        const found = this.matches(pattern, from).at(nth - 1);
        if (found !== undefined) return found;
        if (late || this.#over) {
          const why = late ? `within ${deadlineMs} ms` : "before it ended";
          throw new Error(
            `Cannot see ${pattern} (${nth}.) on ${this.#name} ${why}`,
          );
        }
        await Promise.race([this.#wake.promise, timeout]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
