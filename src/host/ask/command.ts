/**
 * Runs a program to its end without a shell: checks, exec probes and exec
 * actions. Limits its time and the output that is kept, and leaves no process
 * of its group behind. Does not know why the program is run.
 */
import type { ExitStatus } from "../../core/vocabulary/exit_status.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Argv } from "../../core/vocabulary/settings.ts";
import { explainCommand, explainRefusal } from "../process/spawn_error.ts";
import { limit, within } from "../base/time_limit.ts";

export interface CommandOptions {
  /**
   * `argv[0]` is looked up by execvp's rule, with the PATH of the program and
   * in its directory.
   */
  readonly argv: Argv;
  /** Added to our own environment, in place of variables of the same name. */
  readonly env: Readonly<Record<string, string>>;
  /** The manager's working directory unless given. */
  readonly workdir?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * On timeout and on abort the group gets SIGTERM first, and SIGKILL when the
   * program has ended or this time is over; by default it gets SIGKILL at once.
   */
  readonly graceMs?: number;
  /**
   * Waits for the status, and keeps the reaper away from the process until then
   * (Processes.follow).
   */
  readonly follow: (child: Deno.ChildProcess) => Promise<ExitStatus>;
}

/**
 * `tail` is what stdout and stderr hold together: the first 50 lines and the last
 * 200, each of up to 300 characters and without control characters; between them
 * `… N lines left out` where there were more.
 */
export type CommandResult =
  | {
    readonly kind: "ended";
    readonly status: ExitStatus;
    readonly tail: readonly string[];
  }
  | { readonly kind: "timedOut"; readonly tail: readonly string[] }
  | { readonly kind: "aborted" }
  /** It could not be started. */
  | { readonly kind: "failed"; readonly detail: string };

/** The first lines tell where a fault is: the file of a traceback, the first error of a compiler. */
const HEAD_LINES = 50;
const TAIL_LINES = 200;
const LINE_CHARACTERS = 300;
/** The most UTF-8 bytes that one character more than that may take. */
const LINE_BYTES = 3 * (LINE_CHARACTERS + 1);
/** The capacity of a pipe. */
const CHUNK_BYTES = 65_536;
/**
 * How long the output that is left in the pipes is read after the group was
 * killed. Only a process that has left the group can keep the pipes open.
 */
const DRAIN_MS = 200;
/**
 * How long to wait for the end of a killed process: the kernel may not let it
 * end (uninterruptible wait).
 */
const DEATH_MS = 1_000;

/**
 * Runs the program in a session and process group of its own, without stdin.
 * The whole group gets SIGKILL on timeout and on abort, after its grace, and
 * when the program itself has ended. Never rejects; afterwards no resource of the program is in
 * use.
 */
export async function runCommand(
  options: CommandOptions,
): Promise<CommandResult> {
  const { argv, env, workdir, follow } = options;
  if (options.signal?.aborted) return { kind: "aborted" };
  const [command, ...args] = argv;
  const path = env.PATH ?? Deno.env.get("PATH");
  const found = explainCommand(command, workdir, path);
  if (found.kind === "failed") return { kind: "failed", detail: found.detail };
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(found.path, {
      args,
      env,
      ...(workdir === undefined ? {} : { cwd: workdir }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    const { detail } = explainRefusal({ error }, command, workdir, path);
    return { kind: "failed", detail };
  }
  const status = follow(child);
  const tail = new Tail();
  const outputs = [child.stdout, child.stderr]
    .map((stream) => keepTail(stream, tail));
  const end = await endOf(status, options);
  const { graceMs = 0 } = options;
  if (typeof end === "string" && graceMs > 0) {
    signalGroup(child.pid, "SIGTERM");
    await within(graceMs, status);
  }
  signalGroup(child.pid, "SIGKILL");
  await within(DEATH_MS, status);
  if (end !== "aborted") {
    await within(DRAIN_MS, Promise.all(outputs.map(({ done }) => done)));
  }
  await Promise.all(outputs.map(({ release }) => release()));
  if (end === "aborted") return { kind: "aborted" };
  const lines = tail.lines();
  return end === "timedOut"
    ? { kind: "timedOut", tail: lines }
    : { kind: "ended", status: end, tail: lines };
}

/**
 * Resolves to what comes first: the program's end, the timeout, or the abort.
 */
async function endOf(
  status: Promise<ExitStatus>,
  { timeoutMs, signal }: CommandOptions,
): Promise<ExitStatus | "timedOut" | "aborted"> {
  type End = ExitStatus | "timedOut" | "aborted";
  const { promise, resolve } = Promise.withResolvers<End>();
  const abort = () => resolve("aborted");
  const cancel = limit(timeoutMs, () => resolve("timedOut"));
  signal?.addEventListener("abort", abort);
  void status.then(resolve);
  try {
    return await promise;
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch {
    // The group is empty, or we may not signal its members.
  }
}

interface Output {
  /** Resolves at the end of the stream. */
  readonly done: Promise<void>;
  /** Closes the stream, whether or not it is at its end. */
  readonly release: () => Promise<void>;
}

function keepTail(stream: ReadableStream<Uint8Array>, tail: Tail): Output {
  const reader = stream.getReader({ mode: "byob" });
  const read = async () => {
    const line = tail.line();
    // One buffer for all reads: with a new one for each read, a program that
    // prints without end would fill the memory faster than it is collected.
    let chunk = new Uint8Array(CHUNK_BYTES);
    try {
      for (;;) {
        const { value, done } = await reader.read(chunk);
        if (done) return;
        line.add(value);
        chunk = new Uint8Array(value.buffer);
      }
    } catch {
      // Nothing more can be read from a pipe that fails.
    }
  };
  return {
    done: read(),
    release: async () => {
      try {
        await reader.cancel();
      } catch {
        // The stream is closed even then.
      }
    },
  };
}

/**
 * The first and the last lines of several streams, in the order in which they
 * ended; unfinished lines come last.
 */
class Tail {
  readonly #head: string[] = [];
  readonly #ended: string[] = [];
  readonly #open: Line[] = [];
  #leftOut = 0;

  /** Returns a place for the text of one stream. */
  line(): Line {
    const line = new Line({
      isHeadFull: () => this.#head.length === HEAD_LINES,
      onEnd: (text) => this.#end(text),
      onSkipped: (lines) => this.#skip(lines),
    });
    this.#open.push(line);
    return line;
  }

  lines(): readonly string[] {
    for (const { text } of this.#open) {
      if (text !== "") this.#end(text);
    }
    const left = this.#leftOut === 0 ? [] : [leftOut(this.#leftOut)];
    return [
      ...this.#head.map(shown),
      ...left,
      ...this.#ended.map(shown),
    ];
  }

  #end(text: string): void {
    if (this.#head.length < HEAD_LINES) {
      this.#head.push(text);
      return;
    }
    this.#ended.push(text);
    if (this.#ended.length > TAIL_LINES) {
      this.#ended.shift();
      this.#leftOut++;
    }
  }

  /** As many lines follow as are kept. */
  #skip(lines: number): void {
    this.#leftOut += lines + this.#ended.length;
    this.#ended.length = 0;
  }
}

const leftOut = (lines: number) =>
  `… ${lines} ${lines === 1 ? "line" : "lines"} left out`;

/** Who gets the lines of a stream. */
interface LineKeeper {
  /** Whether only the last lines are kept from now on. */
  readonly isHeadFull: () => boolean;
  readonly onEnd: (text: string) => void;
  /** So many lines were not looked at, and TAIL_LINES follow at once. */
  readonly onSkipped: (lines: number) => void;
}

/**
 * The line that a stream is writing. Only the beginning of a long line is kept.
 */
class Line {
  readonly #keeper: LineKeeper;
  readonly #bytes = new Uint8Array(LINE_BYTES);
  #length = 0;

  constructor(keeper: LineKeeper) {
    this.#keeper = keeper;
  }

  /** Has one character more than is shown if the line is longer than that. */
  get text(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#length))
      .slice(0, LINE_CHARACTERS + 1);
  }

  add(chunk: Uint8Array): void {
    let start = 0;
    let isSkipped = false;
    for (;;) {
      // Lines that later lines of the same chunk would push out are skipped,
      // because making their texts would be wasted work.
      if (!isSkipped && this.#keeper.isHeadFull()) {
        isSkipped = true;
        start = this.#skip(chunk, start);
      }
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0) break;
      this.#extend(chunk.subarray(start, newline));
      this.#keeper.onEnd(this.text);
      this.#length = 0;
      start = newline + 1;
    }
    this.#extend(chunk.subarray(start));
  }

  /** Returns where the lines of the chunk begin that are kept. */
  #skip(chunk: Uint8Array, from: number): number {
    const start = from + startOfTail(chunk.subarray(from));
    if (start === from) return from;
    this.#length = 0;
    this.#keeper.onSkipped(linesIn(chunk.subarray(from, start)));
    return start;
  }

  #extend(part: Uint8Array): void {
    const beginning = part.subarray(0, LINE_BYTES - this.#length);
    this.#bytes.set(beginning, this.#length);
    this.#length += beginning.length;
  }
}

const decoder = new TextDecoder();
const NEWLINE = 10;

/**
 * Where the last TAIL_LINES finished lines of a chunk begin; 0 if it has no
 * more than that.
 */
function startOfTail(chunk: Uint8Array): number {
  let end = chunk.length;
  for (let lines = 0; lines <= TAIL_LINES; lines++) {
    // A negative index would count from the end.
    end = end === 0 ? -1 : chunk.lastIndexOf(NEWLINE, end - 1);
    if (end < 0) return 0;
  }
  return end + 1;
}

function linesIn(part: Uint8Array): number {
  let lines = 0;
  for (const byte of part) if (byte === NEWLINE) lines++;
  return lines;
}

function shown(line: string): string {
  const text = oneLine(line);
  return text.length > LINE_CHARACTERS
    ? `${text.slice(0, LINE_CHARACTERS - 1).toWellFormed()}…`
    : text;
}
