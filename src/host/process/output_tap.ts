/**
 * Copies a child's output to our stdout and stderr: every byte unchanged.
 * Passes each line to a caller that wants the lines, and does not interpret
 * them. The child sees pipes in place of our own streams. A process that the
 * child leaves behind and that keeps the pipes open costs two descriptors and
 * no thread.
 */
import { ownWrite } from "../signal/write_signals.ts";
import { makePipe, pipeCalls } from "../descriptor/pipe.ts";
import { canWait, InputWait, lendThread } from "../descriptor/input_wait.ts";
import { attend, awakeNow } from "../base/clock.ts";
import { within } from "../base/time_limit.ts";

/**
 * Gets the lines of both streams, without their line ends, each cut at
 * SHOWN_MAX_BYTES; must not throw.
 */
export type OnLine = (line: string) => void;

/** Takes the bytes, as Deno.stdout and Deno.stderr do. */
export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/** Where a child's stdout and stderr are copied to. */
export interface Sinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** How much of a line is passed to OnLine; the whole line is copied. */
export const SHOWN_MAX_BYTES = 4096;

const RETRY_MS = 10;
/**
 * After the child's end, its output counts as complete if nothing came for this
 * long.
 */
const SILENCE_MS = 1_000;
/** The longest wait for the last output. */
const END_MS = 5_000;
/** The pause between two checks for the end. */
const STEP_MS = 50;
/** The capacity of a pipe. */
const CHUNK_BYTES = 65_536;

/**
 * The bytes as they arrive. A chunk is valid until the next call; undefined is
 * the end.
 */
interface Source {
  next(): Promise<Uint8Array | undefined>;
  /**
   * Ends a pending and every later `next` with undefined, and releases the
   * source; resolves when that is done.
   */
  close(): Promise<void>;
}

/** The copying of one child's output. */
export class OutputTap {
  readonly #sources: readonly Source[];
  #onLine: OnLine | undefined;
  /** The number of chunks that our stdout and stderr have taken. */
  #taken = 0;
  /** The number of chunks that they have not taken yet. */
  #untaken = 0;
  #over = false;
  /**
   * Resolves when everything is copied and released: no process holds the
   * pipes' other ends any more, or `close` was called. Never rejects. A process
   * that the child has left behind may delay it for ever, so wait with a
   * deadline.
   */
  readonly ended: Promise<void>;

  constructor(
    sources: { readonly stdout: Source; readonly stderr: Source },
    onLine: OnLine,
    sinks: Sinks,
  ) {
    this.#onLine = onLine;
    this.#sources = [sources.stdout, sources.stderr];
    this.ended = Promise.all([
      this.#copy(sources.stdout, sinks.stdout),
      this.#copy(sources.stderr, sinks.stderr),
    ]).then(() => {
      this.#over = true;
    });
  }

  /** Stops passing lines, which makes copying cheaper. */
  stopLines(): void {
    this.#onLine = undefined;
  }

  /**
   * Waits for the last output of a child that has ended. The wait ends when
   * everything is copied; when nothing was printed for SILENCE_MS, because a
   * process that the child has left behind may hold the pipes for ever; or
   * after END_MS, because the reader of our own stdout may have stopped
   * reading.
   */
  async finish(): Promise<void> {
    // Counts only the time in which this process runs, so that a throttled
    // process has the whole time too.
    const leave = attend();
    const endsAt = awakeNow() + END_MS;
    let silentSince = awakeNow();
    while (!this.#over && awakeNow() < endsAt) {
      const before = this.#taken;
      await within(STEP_MS, this.ended);
      const isSilent = this.#untaken === 0 && this.#taken === before;
      if (!isSilent) silentSince = awakeNow();
      else if (awakeNow() - silentSince >= SILENCE_MS) break;
    }
    leave();
  }

  /**
   * Stops at once: what the pipes still hold is lost, and processes that write
   * to them get SIGPIPE. Resolves with `ended`, which waits for a write that
   * our own stdout or stderr does not take.
   */
  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    await this.ended;
  }

  /**
   * Copies one stream. Reads the next chunk only after our stream has taken the
   * last one.
   */
  async #copy(source: Source, sink: Sink): Promise<void> {
    const lines = new Lines((line) => this.#onLine?.(line));
    let open = true;
    for (;;) {
      const chunk = await source.next();
      if (chunk === undefined) break;
      if (this.#onLine !== undefined) lines.add(chunk);
      // The child's output is read even if our stream is gone, or the child
      // would block.
      if (!open) continue;
      this.#untaken++;
      open = await writeAll(sink, chunk);
      this.#untaken--;
      this.#taken++;
    }
    lines.end();
    await source.close();
  }
}

/**
 * Writes the chunk. The chunk is lost if the stream has no room for it (a full
 * disk). Returns false if the stream is gone.
 */
async function writeAll(sink: Sink, chunk: Uint8Array): Promise<boolean> {
  for (let rest = chunk; rest.length > 0;) {
    try {
      rest = rest.subarray(
        await lendThread(ownWrite(() => sink.write(rest))),
      );
    } catch (error) {
      // A non-blocking pipe that our parent has given us may be full for a
      // moment.
      if (!(error instanceof Deno.errors.WouldBlock)) {
        return !(error instanceof Deno.errors.BrokenPipe);
      }
      await pause();
    }
  }
  return true;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Cuts a stream of bytes into lines of bounded length. */
class Lines {
  readonly #onLine: OnLine;
  readonly #decoder = new TextDecoder();
  readonly #line = new Uint8Array(SHOWN_MAX_BYTES);
  #length = 0;

  constructor(onLine: OnLine) {
    this.#onLine = onLine;
  }

  add(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      const room = SHOWN_MAX_BYTES - this.#length;
      const part = chunk.subarray(start, Math.min(end, start + room));
      this.#line.set(part, this.#length);
      this.#length += part.length;
      if (newline >= 0) this.#tell();
      start = end + 1;
    }
  }

  /** A last line may lack its newline. */
  end(): void {
    if (this.#length > 0) this.#tell();
  }

  #tell(): void {
    const { length } = this.#line.subarray(0, this.#length);
    const ended = this.#line[length - 1] === CARRIAGE_RETURN;
    const text = this.#line.subarray(0, ended ? length - 1 : length);
    this.#length = 0;
    this.#onLine(this.#decoder.decode(text));
  }
}

/** A tap, and the descriptors that the child must be given for it. */
export interface PipeTap {
  readonly tap: OutputTap;
  /**
   * The value for Program.stdio. Under these numbers the descriptors are
   * close-on-exec.
   */
  readonly stdio: { readonly stdout: number; readonly stderr: number };
  /**
   * Call it when the child was started or refused: the tap ends when no process
   * holds the descriptors.
   */
  readonly release: () => void;
}

/**
 * Makes a tap of two new pipes; undefined without libc or without a free
 * descriptor.
 */
export function openPipeTap(onLine: OnLine, sinks: Sinks): PipeTap | undefined {
  const calls = pipeCalls();
  const stdout = makePipe();
  const stderr = makePipe();
  if (!calls || !stdout || !stderr || !canWait()) {
    for (const fd of [stdout, stderr].flatMap((pipe) => pipe ?? [])) {
      calls?.close(fd);
    }
    return undefined;
  }
  const sources = {
    stdout: new Pipe(stdout[0]),
    stderr: new Pipe(stderr[0]),
  };
  return {
    tap: new OutputTap(sources, onLine, sinks),
    stdio: { stdout: stdout[1], stderr: stderr[1] },
    release: () => {
      calls.close(stdout[1]);
      calls.close(stderr[1]);
    },
  };
}

/** The reading end of a pipe, from which only this object reads. */
class Pipe implements Source {
  readonly #fd: number;
  readonly #readable: InputWait;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  constructor(fd: number) {
    this.#fd = fd;
    this.#readable = new InputWait(fd);
  }

  async next(): Promise<Uint8Array | undefined> {
    const calls = pipeCalls();
    if (!await this.#readable.wait() || calls === undefined) return undefined;
    // There is input or the end of input, so this read does not block.
    const size = calls.read(this.#fd, this.#chunk, BigInt(CHUNK_BYTES));
    return size > 0n ? this.#chunk.subarray(0, Number(size)) : undefined;
  }

  close(): Promise<void> {
    return this.#readable.close();
  }
}

/**
 * Makes a tap for a child that the runtime has started with its output "piped".
 */
export function tapStreams(
  { stdout, stderr }: Pick<Deno.ChildProcess, "stdout" | "stderr">,
  onLine: OnLine,
  sinks: Sinks,
): OutputTap {
  const sources = { stdout: new Stream(stdout), stderr: new Stream(stderr) };
  return new OutputTap(sources, onLine, sinks);
}

class Stream implements Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#reader.read().then(({ value }) => value, () => undefined);
  }

  close(): Promise<void> {
    return this.#reader.cancel().catch(() => {});
  }
}
