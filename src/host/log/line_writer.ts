/**
 * Writes lines to a stream that may be slow, full, closed or broken, and never
 * makes the caller wait. Lines wait in a bounded queue and are written
 * asynchronously. When the queue is full, the oldest line is dropped, and the
 * number of dropped lines is reported. Lines are also rendered later, so that a
 * signal on its way to the child does not wait for the line that reports it.
 */
import { encodeLine, LINE_MAX_BYTES } from "./line_format.ts";

export const QUEUE_MAX_LINES = 1024;
/**
 * The pause before another attempt to write to a full non-blocking pipe, which
 * our parent may have given us.
 */
const RETRY_MS = 10;
const FLUSH_STEP_MS = 50;
/**
 * Lines are gathered for this long and written together, so that the start of
 * the next child does not wait for them.
 */
const GATHER_MS = 2;

export interface LineWriterOptions {
  /**
   * Writes some of the bytes and resolves to their number, as Deno.stderr.write
   * does.
   */
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<number>;
  /** The line that reports a loss. */
  readonly lossLine: (count: number) => string;
}

/** Renders one line, without its newline. */
export type Line = () => string;

/** A bounded, never blocking writer of whole lines. */
export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #queue: Line[] = [];
  /**
   * One buffer for all writes, which come one at a time. New buffers for each
   * write would grow to tens of megabytes outside of V8's heap before V8
   * collects them.
   */
  readonly #batch = new Uint8Array(LINE_MAX_BYTES);
  /** Lines that were lost since that was last reported. */
  #lost = 0;
  #lostInAll = 0;
  #writing: Promise<void> | undefined;
  #broken = false;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** Whether the reader has gone away; all lines are dropped from then on. */
  get broken(): boolean {
    return this.#broken;
  }

  /** How many lines were lost so far. */
  get lost(): number {
    return this.#lostInAll;
  }

  /** Queues one line. */
  push(line: Line): void {
    if (this.#broken) return this.#lose(1);
    if (this.#queue.length >= QUEUE_MAX_LINES) {
      this.#queue.shift();
      this.#lose(1);
    }
    this.#queue.push(line);
    this.#writing ??= this.#drain();
  }

  /**
   * Resolves when all lines are written, or after `deadlineMs`; never rejects.
   */
  async flush(deadlineMs: number): Promise<void> {
    // Waits in steps: if the process is throttled meanwhile, it loses one step,
    // not the whole time to write.
    for (let leftMs = deadlineMs; leftMs > 0; leftMs -= FLUSH_STEP_MS) {
      if (this.#writing === undefined) return;
      let timer: number | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.min(leftMs, FLUSH_STEP_MS));
      });
      await Promise.race([this.#writing, late]);
      clearTimeout(timer);
    }
  }

  async #drain(): Promise<void> {
    // Runs after the present work: setting the first timer of a turn takes
    // longer than the signal that would wait for it.
    await undefined;
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    while (this.#queue.length > 0 && !this.#broken) {
      const written = await this.#writeBatch(this.#nextBatch());
      // The loss is reported only when the stream takes lines again: on a full
      // disk the report itself would be lost, and be repeated for ever.
      if (!written) continue;
      if (this.#lost > 0 && this.#queue.length < QUEUE_MAX_LINES) {
        const count = this.#lost;
        this.#lost = 0;
        this.#queue.push(() => this.#options.lossLine(count));
      }
    }
    this.#writing = undefined;
  }

  /** As many whole lines as fit into one atomic write. */
  #nextBatch(): Uint8Array<ArrayBuffer> {
    let size = 0;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const length = encodeLine(next(), this.#batch.subarray(size));
      if (length === undefined) break;
      this.#queue.shift();
      size += length;
    }
    return this.#batch.subarray(0, size);
  }

  /** False when the batch was lost. */
  async #writeBatch(batch: Uint8Array<ArrayBuffer>): Promise<boolean> {
    let rest = batch;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(await this.#options.write(rest));
      } catch (error) {
        if (error instanceof Deno.errors.WouldBlock) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          continue;
        }
        // For example, the disk is full: this batch is lost, but the next may
        // be written.
        this.#lose(batch.filter((byte) => byte === NEWLINE).length);
        if (error instanceof Deno.errors.BrokenPipe) {
          this.#broken = true;
          this.#lose(this.#queue.length);
          this.#queue.length = 0;
        }
        return false;
      }
    }
    return true;
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#lostInAll += count;
  }
}

const NEWLINE = 10;
