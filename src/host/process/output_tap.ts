/**
 * Stands between a child and our stdout and stderr: copies every byte unchanged
 * and shows each line to whoever waits for one. Knows nothing of what the lines
 * mean. The child sees pipes in place of our own streams.
 * A process that the child leaves behind and that holds them costs two
 * descriptors and no thread.
 */
import { ownWrite } from "../signal/write_signals.ts";
import { makePipe, pipeCalls } from "../descriptor/pipe.ts";
import { canWait, InputWait, lendThread } from "../descriptor/input_wait.ts";
import { attend, awakeNow } from "../base/clock.ts";
import { within } from "../base/time_limit.ts";

/** Gets the lines of both streams, without their ends, cut at SHOWN_MAX_BYTES; must not throw. */
export type OnLine = (line: string) => void;

/** Where the bytes go, as Deno.stdout and Deno.stderr take them. */
export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/** Where a child's stdout and stderr are copied to. */
export interface Sinks {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** What of a longer line is shown; all of it is copied. */
export const SHOWN_MAX_BYTES = 4096;

const RETRY_MS = 10;
/** A child that has ended prints nothing more when nothing came for this long. */
const SILENCE_MS = 1_000;
/** The longest wait for the last output. */
const END_MS = 5_000;
/** How often the end is looked for. */
const STEP_MS = 50;
/** As much as a pipe holds. */
const CHUNK_BYTES = 65_536;

/** Bytes as they arrive; the chunk is good until the next call, undefined is the end. */
interface Source {
  next(): Promise<Uint8Array | undefined>;
  /** Makes a pending and every later `next` the end, and releases all; resolves when that is done. */
  close(): Promise<void>;
}

/** The copying of one child's output. */
export class OutputTap {
  readonly #sources: readonly Source[];
  #onLine: OnLine | undefined;
  /** How many chunks our stdout and stderr have taken. */
  #taken = 0;
  /** How many they have not taken yet. */
  #untaken = 0;
  #over = false;
  /**
   * Resolves when all is copied and released: every holder of the pipes' other
   * ends is gone, or `close` was called. Never rejects. A process that the child
   * left behind keeps it waiting: set a deadline.
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

  /** From now on nobody wants the lines: copying costs less. */
  stopLines(): void {
    this.#onLine = undefined;
  }

  /**
   * Waits for the last output of a child that has ended: until all is copied,
   * until nothing was printed for SILENCE_MS (a process that the child left behind
   * may hold the pipes for ever), or until END_MS are over (the reader of our own
   * stdout may be slow, but it may also take nothing any more).
   */
  async finish(): Promise<void> {
    // A process that is throttled has its time too.
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
   * Stops now: what the pipes still hold is lost, and who writes to them gets
   * SIGPIPE. Resolves with `ended`, which a write that our own stdout or stderr
   * does not take delays.
   */
  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
    await this.ended;
  }

  /** Reads no more until our stream has taken what was read. */
  async #copy(source: Source, sink: Sink): Promise<void> {
    const lines = new Lines((line) => this.#onLine?.(line));
    let open = true;
    for (;;) {
      const chunk = await source.next();
      if (chunk === undefined) break;
      if (this.#onLine !== undefined) lines.add(chunk);
      // A child whose reader is gone still has to be read, or it would stand still.
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

/** Writes the chunk, or loses it where the stream has no room for it (a full disk); false when the stream is gone. */
async function writeAll(sink: Sink, chunk: Uint8Array): Promise<boolean> {
  for (let rest = chunk; rest.length > 0;) {
    try {
      rest = rest.subarray(
        await lendThread(ownWrite(() => sink.write(rest))),
      );
    } catch (error) {
      // A non-blocking pipe that another process left us is full for a moment.
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

/** A tap, and what the child has to be given for it. */
export interface PipeTap {
  readonly tap: OutputTap;
  /** For Program.stdio; close-on-exec under these numbers. */
  readonly stdio: { readonly stdout: number; readonly stderr: number };
  /** Call it once the child has them or was refused: the tap ends when nobody has. */
  readonly release: () => void;
}

/** A tap of two new pipes; undefined where there is no libc or no descriptor left. */
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

/** The reading end of a pipe; nobody else reads from it. */
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
    // There is something, or the end: this does not wait.
    const size = calls.read(this.#fd, this.#chunk, BigInt(CHUNK_BYTES));
    return size > 0n ? this.#chunk.subarray(0, Number(size)) : undefined;
  }

  close(): Promise<void> {
    return this.#readable.close();
  }
}

/** A tap of a child of the runtime, whose output is "piped". */
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
